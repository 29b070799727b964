import assert from "node:assert/strict";
import type { Clock } from "../../../lib/base/clock.ts";
import { RateLimitedLog } from "../../../lib/cli/log/rate_limited_log.ts";

/** A clock that stands still until it is told to go on. */
class ManualClock implements Clock {
  #now = 0;
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    this.#sleepers.push({ until: this.#now + ms, wake: resolve });
    return promise;
  }

  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Lets time pass, and everything that was waiting for it happen. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
    await Promise.resolve();
    await Promise.resolve();
  }
}

function boundedLog() {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = new RateLimitedLog((line) => lines.push(line), { clock, burst: 2, windowMs: 1_000 });
  return { clock, lines, log };
}

Deno.test(
  "BoundedLog writes the first of a kind, with and without detail",
  () => {
    const { lines, log } = boundedLog();
    log.log("bad header");
    log.log("bad header", "from 10.0.0.1");
    log.log("bad frame", "from 10.0.0.1");
    assert.deepEqual(lines, [
      "bad header",
      "bad header: from 10.0.0.1",
      "bad frame: from 10.0.0.1",
    ]);
    log[Symbol.dispose]();
  },
);

Deno.test("BoundedLog sums up the rest when the window ends", async () => {
  const { clock, lines, log } = boundedLog();
  for (let count = 0; count < 1_000; count++) log.log("bad header");
  assert.deepEqual(lines, ["bad header", "bad header"]);
  await clock.pass(999);
  assert.equal(lines.length, 2);
  await clock.pass(1);
  assert.deepEqual(lines.slice(2), ["bad header: 998 more within 1s"]);
  log[Symbol.dispose]();
  assert.equal(lines.length, 3);
});

Deno.test("BoundedLog begins again in the next window", async () => {
  const { clock, lines, log } = boundedLog();
  for (let count = 0; count < 3; count++) log.log("a");
  await clock.pass(1_000);
  for (let count = 0; count < 4; count++) log.log("a");
  await clock.pass(1_000);
  assert.deepEqual(lines, ["a", "a", "a: 1 more within 1s", "a", "a", "a: 2 more within 1s"]);
  log[Symbol.dispose]();
});

Deno.test("BoundedLog bounds each kind by itself", () => {
  const { lines, log } = boundedLog();
  for (let count = 0; count < 10; count++) {
    log.log("a");
    log.log("b");
  }
  assert.deepEqual(lines, ["a", "b", "a", "b"]);
  log[Symbol.dispose]();
  assert.deepEqual(lines.slice(4), ["a: 8 more within 1s", "b: 8 more within 1s"]);
});

Deno.test(
  "BoundedLog waits for nothing when nothing was held back",
  () => {
    const { clock, lines, log } = boundedLog();
    log.log("a");
    log.log("a");
    assert.equal(clock.sleepers, 0);
    log[Symbol.dispose]();
    assert.deepEqual(lines, ["a", "a"]);
  },
);

Deno.test(
  "BoundedLog waits once per window, however many are held back",
  () => {
    const { clock, log } = boundedLog();
    for (let count = 0; count < 100; count++) log.log("a");
    assert.equal(clock.sleepers, 1);
    log[Symbol.dispose]();
  },
);
