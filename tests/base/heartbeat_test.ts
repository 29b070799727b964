import assert from "node:assert/strict";
import { Heartbeat } from "../../lib/base/heartbeat.ts";
import { VirtualClock } from "../support/virtual_clock.ts";

function begin() {
  const clock = new VirtualClock();
  const log: string[] = [];
  const heartbeat = new Heartbeat({
    beat: () => log.push("beat"),
    gone: () => log.push(`gone after ${clock.now() <= 35_000 ? "35 s at most" : clock.now()}`),
  }, clock);
  return { clock, log, heartbeat };
}

Deno.test("Heartbeat says within 35 seconds, and once, that nobody answers", async () => {
  const { clock, log } = begin();
  await clock.advance(300_000);
  assert.deepEqual(log, ["beat", "beat", "beat", "gone after 35 s at most"]);
  assert.equal(clock.sleeping, 0);
});

Deno.test("Heartbeat asks every few seconds as long as it is answered", async () => {
  const { clock, log, heartbeat } = begin();
  for (let second = 0; second < 600; second++) {
    heartbeat.heard();
    await clock.advance(1_000);
  }
  assert.ok(log.every((line) => line === "beat"));
  assert.ok(log.length >= 600 / 9 && log.length <= 600 / 7, `${log.length} beats`);
  heartbeat[Symbol.dispose]();
});

Deno.test("Heartbeat forgets what was missed when something comes at last", async () => {
  const { clock, log, heartbeat } = begin();
  while (log.length < 3) await clock.advance(100);
  heartbeat.heard();
  while (log.length < 6) await clock.advance(100);
  heartbeat.heard();
  assert.deepEqual(log, Array(6).fill("beat"));
  heartbeat[Symbol.dispose]();
});

Deno.test(
  "Heartbeat that was disposed of does nothing more and leaves no timer behind",
  async () => {
    const { clock, log, heartbeat } = begin();
    heartbeat[Symbol.dispose]();
    await clock.advance(100_000);
    assert.deepEqual(log, []);
    assert.equal(clock.sleeping, 0);
  },
);

Deno.test("Heartbeat spreads the beats of peers that began together", async () => {
  const clock = new VirtualClock();
  const times = new Set<number>();
  const beats = Array.from(
    { length: 20 },
    () => new Heartbeat({ beat: () => times.add(clock.now()), gone() {} }, clock),
  );
  await clock.advance(9_000);
  assert.ok(times.size > 15, `${times.size} different times`);
  beats.forEach((heartbeat) => heartbeat[Symbol.dispose]());
});
