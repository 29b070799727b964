/**
 * Backoff with full jitter: how long to wait before the next retry. Clients that lost the same
 * server reconnect spread out instead of all at once.
 * @module
 */

/** The bounds of a backoff, in milliseconds. */
export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly baseMs: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
  /** A source of numbers in [0, 1), by default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Returns the wait in milliseconds before retry `attempt` (0, 1, 2, …), drawn evenly from
 * [0, min(maxMs, baseMs · 2^attempt)).
 */
export function fullJitter(attempt: number, options: BackoffOptions): number {
  const { baseMs, maxMs, random = Math.random } = options;
  // Past 2^40 the bound is reached anyway, and an infinite power times 0 would be NaN.
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 40));
}
