/**
 * A wall clock that can be set, and a monotonic clock beside it.
 * @module
 */
import type { Clock } from "../../lib/base/clock.ts";

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that stands still until it is advanced, and that can be set. */
export class SettableClock implements Clock {
  #now: number;
  #monotonic = 0;
  #sleepers: Sleeper[] = [];
  #changed = Promise.withResolvers<void>();

  /** Starts at `now`, in milliseconds since 1970. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** Returns the wall clock time. */
  now(): number {
    return this.#now;
  }

  /** Returns the elapsed time. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** Sleeps until the clock is advanced by `ms`, or the signal is aborted. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { until: this.#monotonic + ms, wake: resolve };
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    this.#sleepers.push(sleeper);
    this.#changed.resolve();
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    }
  }

  /** Advances the clock by `ms` milliseconds. */
  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
    for (const { until, wake } of this.#sleepers) if (until <= this.#monotonic) wake();
  }

  /** Sets the wall clock to `now`; no time passes. */
  set(now: number): void {
    this.#now = now;
  }

  /** Resolves when there is a sleeper. */
  async asleep(): Promise<void> {
    while (this.#sleepers.length === 0) {
      this.#changed = Promise.withResolvers<void>();
      await this.#changed.promise;
    }
  }
}
