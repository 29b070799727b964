/**
 * Keeps several senders together within a rate of bytes per second, in the order in which they ask.
 * @module
 */
import type { Clock } from "./clock.ts";

/** What is sent, and how much of it may be in a second. */
export interface Transmission {
  /** How many bytes wait to be sent. */
  readonly bytes: number;
  /** How many bytes may be sent in a second. */
  readonly perSecond: number;
}

/** Rate limit: each load waits until those before it are paid for. */
export class RateLimiter {
  readonly #clock: Clock;
  /** When the next load may start, by the monotonic clock. */
  #next = -Infinity;

  /** Nothing has been sent yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when a load may be sent: when all before it would have left at the rate.
   * @throws the signal's reason when it is aborted
   */
  async wait({ bytes, perSecond }: Transmission, signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    const start = Math.max(now, this.#next);
    this.#next = start + 1_000 * bytes / perSecond;
    if (start > now) await this.#clock.sleep(start - now, signal);
  }
}
