import assert from "node:assert/strict";
import { RateLimit } from "../../lib/agent/audit_recorder.ts";
import { SettableClock } from "../support/settable_clock.ts";

Deno.test("MinuteQuota allows so many per minute and counts the rest", () => {
  const clock = new SettableClock();
  const quota = new RateLimit(2, clock);
  const take = (count: number) => Array.from({ length: count }, () => quota.take());
  assert.deepEqual(take(4), [true, true, false, false]);
  assert.equal(quota.takeSuppressed(), 0, "the minute is not over");
  clock.advance(60_000);
  assert.equal(quota.takeSuppressed(), 2);
  assert.equal(quota.takeSuppressed(), 0, "they are told once");
  assert.deepEqual(take(3), [true, true, false]);
  clock.advance(120_000);
  assert.deepEqual(take(3), [true, true, false]);
  assert.equal(quota.takeSuppressed(), 1);
  assert.equal(quota.takeAllSuppressed(), 1);
  assert.equal(quota.takeAllSuppressed(), 0);
});

Deno.test("MinuteQuota does not mind a clock on the wall", () => {
  const clock = new SettableClock();
  const quota = new RateLimit(1, clock);
  assert.equal(quota.take(), true);
  clock.set(clock.now() + 3_600_000);
  assert.equal(quota.take(), false);
});
