import assert from "node:assert/strict";
import { MinuteQuota } from "../../lib/agent/minute_quota.ts";
import { SettableClock } from "../support/settable_clock.ts";

Deno.test("MinuteQuota allows so many per minute and counts the rest", {
  permissions: "none",
}, () => {
  const clock = new SettableClock();
  const quota = new MinuteQuota(2, clock);
  const take = (count: number) => Array.from({ length: count }, () => quota.take());
  assert.deepEqual(take(4), [true, true, false, false]);
  assert.equal(quota.missed(), 0, "the minute is not over");
  clock.advance(60_000);
  assert.equal(quota.missed(), 2);
  assert.equal(quota.missed(), 0, "they are told once");
  assert.deepEqual(take(3), [true, true, false]);
  clock.advance(120_000);
  assert.deepEqual(take(3), [true, true, false]);
  assert.equal(quota.missed(), 1);
  assert.equal(quota.end(), 1);
  assert.equal(quota.end(), 0);
});

Deno.test("MinuteQuota does not mind a clock on the wall", { permissions: "none" }, () => {
  const clock = new SettableClock();
  const quota = new MinuteQuota(1, clock);
  assert.equal(quota.take(), true);
  clock.set(clock.now() + 3_600_000);
  assert.equal(quota.take(), false);
});
