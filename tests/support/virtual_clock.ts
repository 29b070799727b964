/**
 * A clock for any number of sleepers, advanced by the test.
 * @module
 */
import type { Clock } from "../../lib/base/clock.ts";

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that stands still until it is advanced. */
export class VirtualClock implements Clock {
  #time = 0;
  #sleepers: Sleeper[] = [];
  #changed = Promise.withResolvers<void>();

  /** The number of sleepers. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Returns the milliseconds since the clock was created. */
  now(): number {
    return this.#time;
  }

  /** Returns the same. */
  monotonic(): number {
    return this.#time;
  }

  /** Sleeps until the clock is advanced by `ms`, or the signal is aborted. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: this.#time + ms, wake: resolve };
    const abort = () => reject(signal?.reason);
    this.#sleepers.push(sleeper);
    signal?.addEventListener("abort", abort);
    this.#tell();
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      this.#tell();
    }
  }

  /** Advances the clock by `ms` milliseconds, waking the sleepers in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    for (let next = this.#nextUntil(end); next; next = this.#nextUntil(end)) {
      this.#time = Math.max(this.#time, next.until);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settle();
    }
    this.#time = end;
  }

  /** Resolves when there are `count` sleepers. */
  async sleepers(count: number): Promise<void> {
    while (this.sleeping !== count) await this.#changed.promise;
  }

  #nextUntil(end: number): Sleeper | undefined {
    const due = this.#sleepers.filter(({ until }) => until <= end);
    return due.sort((a, b) => a.until - b.until)[0];
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Lets everything happen that needs no time, input or output. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}
