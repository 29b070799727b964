/**
 * A wall clock that can be set wrong, beside the time that really passes.
 * @module
 */
import type { Clock } from "../../lib/base/clock.ts";

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that stands still until it is told to go on, and that can be set. */
export class SettableClock implements Clock {
  #now: number;
  #monotonic = 0;
  #sleepers: Sleeper[] = [];
  #changed = Promise.withResolvers<void>();

  /** Shows `now`, in milliseconds since 1970. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** What the clock shows. */
  now(): number {
    return this.#now;
  }

  /** How much time has passed. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** Sleeps until so much time was let pass, or the signal is aborted. */
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

  /** Lets time pass. */
  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
    for (const { until, wake } of this.#sleepers) if (until <= this.#monotonic) wake();
  }

  /** Sets the clock to `now`; no time passes. */
  set(now: number): void {
    this.#now = now;
  }

  /** Resolves when somebody is asleep. */
  async asleep(): Promise<void> {
    while (this.#sleepers.length === 0) {
      this.#changed = Promise.withResolvers<void>();
      await this.#changed.promise;
    }
  }
}
