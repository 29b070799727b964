import assert from "node:assert/strict";
import {
  IDLE_TIMEOUT_MS,
  IdleTimeout,
  MAX_DETECTION_MS,
  MAX_HEARTBEAT_MS,
} from "../../lib/base/heartbeat.ts";
import { VirtualClock } from "../support/virtual_clock.ts";

function begin() {
  const clock = new VirtualClock();
  const log: number[] = [];
  return { clock, log, watch: new IdleTimeout(() => log.push(clock.now()), clock) };
}

Deno.test("IdleTimeout tells of silence once", async () => {
  const { clock, log } = begin();
  await clock.advance(10 * IDLE_TIMEOUT_MS);
  assert.deepEqual(log, [IDLE_TIMEOUT_MS]);
  assert.equal(clock.sleeping, 0);
});

Deno.test("IdleTimeout counts from what was heard last", async () => {
  const { clock, log, watch } = begin();
  for (let round = 0; round < 100; round++) {
    await clock.advance(IDLE_TIMEOUT_MS - 1);
    watch.heard();
  }
  await clock.advance(10 * IDLE_TIMEOUT_MS);
  assert.deepEqual(log, [100 * (IDLE_TIMEOUT_MS - 1) + IDLE_TIMEOUT_MS]);
});

Deno.test("IdleTimeout that was disposed of does nothing more", async () => {
  const { clock, log, watch } = begin();
  watch[Symbol.dispose]();
  await clock.advance(10 * IDLE_TIMEOUT_MS);
  assert.deepEqual([log, clock.sleeping], [[], 0]);
});

Deno.test(
  "IdleTimeout tells in time, though a last question comes a beat late",
  async () => {
    const { clock, log, watch } = begin();
    await clock.advance(MAX_HEARTBEAT_MS);
    watch.heard();
    await clock.advance(MAX_DETECTION_MS - MAX_HEARTBEAT_MS);
    assert.equal(log.length, 1);
  },
);
