/**
 * A rate limit in bytes per second that several senders share, in the order of their calls.
 * @module
 */
import type { Clock } from "./clock.ts";

/** One load to send, and the rate. */
export interface Transmission {
  /** The length of the load. */
  readonly bytes: number;
  /** The rate in bytes per second. */
  readonly perSecond: number;
}

/** Delays each load until the loads before it would have left at the rate. */
export class RateLimiter {
  readonly #clock: Clock;
  /** The earliest start of the next load, by the monotonic clock. */
  #next = -Infinity;

  /** Creates a limiter that lets the first load start at once. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when the load may be sent.
   * @throws the signal's reason when it is aborted
   */
  async wait({ bytes, perSecond }: Transmission, signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    const start = Math.max(now, this.#next);
    this.#next = start + 1_000 * bytes / perSecond;
    if (start > now) await this.#clock.sleep(start - now, signal);
  }
}
