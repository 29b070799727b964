/**
 * Time that passes when a test says so.
 * @module
 */
import type { Clock } from "../../lib/base/clock.ts";

/** A clock for one sleeper. */
export class ManualClock implements Clock {
  /** The length of each sleep that was begun, in milliseconds. */
  readonly slept: number[] = [];
  #time = 0;
  #sleeper = Promise.withResolvers<void>();

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#time;
  }

  /** The same. */
  monotonic(): number {
    return this.#time;
  }

  /** Sleeps until {@linkcode wake} or an abort. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    const sleeper = this.#sleeper = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => sleeper.reject(signal.reason));
    return sleeper.promise;
  }

  /** Lets `ms` milliseconds pass; nobody wakes up from it. */
  advance(ms: number): void {
    this.#time += ms;
  }

  /** Ends the sleep. */
  wake(): void {
    this.#sleeper.resolve();
  }
}
