import assert from "node:assert/strict";
import type { Clock } from "../../../lib/base/clock.ts";
import { RateLimitedLog } from "../../../lib/cli/log/rate_limited_log.ts";

/** A clock that moves only when a test moves it. */
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

  /** Moves the clock, and ends the sleeps that are over. */
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
  const write = (event: string, fields: object) => {
    lines.push([event, ...Object.entries(fields).map((field) => field.join("="))].join(" "));
  };
  const log = new RateLimitedLog(write, { clock, burst: 2, windowMs: 1_000 });
  return { clock, lines, log };
}

Deno.test(
  "RateLimitedLog writes the first of a kind, with and without fields",
  () => {
    const { lines, log } = boundedLog();
    log.log("bad header");
    log.log("bad header", { addr: "10.0.0.1" });
    log.log("bad frame", { addr: "10.0.0.1" });
    assert.deepEqual(lines, [
      "bad header",
      "bad header addr=10.0.0.1",
      "bad frame addr=10.0.0.1",
    ]);
    log[Symbol.dispose]();
  },
);

Deno.test("RateLimitedLog sums up the rest when the window ends", async () => {
  const { clock, lines, log } = boundedLog();
  for (let count = 0; count < 1_000; count++) log.log("bad header");
  assert.deepEqual(lines, ["bad header", "bad header"]);
  await clock.pass(999);
  assert.equal(lines.length, 2);
  await clock.pass(1);
  assert.deepEqual(lines.slice(2), ["bad header suppressed=998 within=1s"]);
  log[Symbol.dispose]();
  assert.equal(lines.length, 3);
});

Deno.test("RateLimitedLog begins again in the next window", async () => {
  const { clock, lines, log } = boundedLog();
  for (let count = 0; count < 3; count++) log.log("a");
  await clock.pass(1_000);
  for (let count = 0; count < 4; count++) log.log("a");
  await clock.pass(1_000);
  assert.deepEqual(lines, [
    "a",
    "a",
    "a suppressed=1 within=1s",
    "a",
    "a",
    "a suppressed=2 within=1s",
  ]);
  log[Symbol.dispose]();
});

Deno.test("RateLimitedLog bounds each kind by itself", () => {
  const { lines, log } = boundedLog();
  for (let count = 0; count < 10; count++) {
    log.log("a");
    log.log("b");
  }
  assert.deepEqual(lines, ["a", "b", "a", "b"]);
  log[Symbol.dispose]();
  assert.deepEqual(lines.slice(4), ["a suppressed=8 within=1s", "b suppressed=8 within=1s"]);
});

Deno.test(
  "RateLimitedLog waits for nothing when nothing was held back",
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
  "RateLimitedLog waits once per window, however many are held back",
  () => {
    const { clock, log } = boundedLog();
    for (let count = 0; count < 100; count++) log.log("a");
    assert.equal(clock.sleepers, 1);
    log[Symbol.dispose]();
  },
);
