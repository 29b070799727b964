import assert from "node:assert/strict";
import { RateLimiter } from "../../lib/base/rate_limiter.ts";
import { settle, VirtualClock } from "../support/virtual_clock.ts";
const NEVER = new AbortController().signal;

Deno.test("RateLimiter gives turns in order, at the rate of all of them together", async () => {
  const clock = new VirtualClock();
  const pace = new RateLimiter(clock);
  const turns: string[] = [];
  for (const [name, bytes] of [["a", 500], ["b", 1_000], ["c", 1], ["d", 1]] as const) {
    pace.wait({ bytes, perSecond: 1_000 }, NEVER)
      .then(() => turns.push(`${name} at ${clock.monotonic()}`));
  }
  await settle();
  assert.deepEqual(turns, ["a at 0"]);
  await clock.advance(1_600);
  assert.deepEqual(turns, ["a at 0", "b at 500", "c at 1500", "d at 1501"]);
});

Deno.test("RateLimiter saves nothing up while nobody sends", async () => {
  const clock = new VirtualClock();
  const pace = new RateLimiter(clock);
  await clock.advance(60_000);
  await pace.wait({ bytes: 1_000, perSecond: 1_000 }, NEVER);
  const second = pace.wait({ bytes: 1, perSecond: 1_000 }, NEVER);
  await clock.sleepers(1);
  await clock.advance(1_000);
  await second;
  assert.equal(clock.monotonic(), 61_000);
});

Deno.test("RateLimiter lets go of who waits no longer", async () => {
  const pace = new RateLimiter(new VirtualClock());
  const stop = new AbortController();
  await pace.wait({ bytes: 1_000, perSecond: 1 }, stop.signal);
  const waiting = pace.wait({ bytes: 1, perSecond: 1 }, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});
