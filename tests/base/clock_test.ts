import assert from "node:assert/strict";
import { mock } from "node:test";
import { MAX_TIMER_MS, systemClock } from "../../lib/base/clock.ts";

Deno.test("systemClock.now is the wall clock", () => {
  const before = Date.now();
  const now = systemClock.now();
  assert.ok(before <= now && now <= Date.now());
});

Deno.test("systemClock.monotonic never goes back", () => {
  const times = Array.from({ length: 100 }, () => systemClock.monotonic());
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
});

Deno.test("systemClock.sleep resolves after its time, not before", async () => {
  using timers = mockTimers();
  let slept = false;
  const sleeping = systemClock.sleep(1_000).then(() => slept = true);
  timers.tick(999);
  await Promise.resolve();
  assert.equal(slept, false);
  timers.tick(1);
  await sleeping;
});

Deno.test("systemClock.sleep keeps a time that setTimeout would take for none", async () => {
  using timers = mockTimers();
  let slept = false;
  const sleeping = systemClock.sleep(Infinity).then(() => slept = true);
  timers.tick(MAX_TIMER_MS - 1);
  await Promise.resolve();
  assert.equal(slept, false);
  timers.tick(1);
  await sleeping;
});

Deno.test("systemClock.sleep takes a negative time for none", {
  timeout: 5_000,
}, () => systemClock.sleep(-1));

Deno.test("systemClock.sleep rejects with the reason of an abort and leaves no timer", async () => {
  const reason = new Error("enough");
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await assert.rejects(sleeping, reason);
});

Deno.test("systemClock.sleep rejects at once when aborted before", async () => {
  const reason = new Error("too late");
  await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), reason);
});

function mockTimers(): Disposable & { tick(ms: number): void } {
  mock.timers.enable({ apis: ["setTimeout"] });
  return {
    tick: (ms) => mock.timers.tick(ms),
    [Symbol.dispose]: () => mock.timers.reset(),
  };
}
