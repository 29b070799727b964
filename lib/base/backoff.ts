/**
 * Backoff with full jitter: how long to wait before the next retry. Many clients that lost one
 * server then come back spread out instead of together.
 * @module
 */

/** How waiting grows from try to try. All times in milliseconds. */
export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly baseMs: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
  /** A source of numbers in [0, 1), by default `Math.random`. */
  readonly random?: () => number;
}

/**
 * "Full jitter": the wait before try `attempt` (0, 1, 2, …) is drawn evenly from
 * [0, min(maxMs, baseMs · 2^attempt)), so that many clients that lost one server
 * come back spread out instead of together.
 */
export function fullJitter(attempt: number, options: BackoffOptions): number {
  const { baseMs, maxMs, random = Math.random } = options;
  // Past 2^40 the bound is reached anyway, and an infinite power times 0 would be no number.
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 40));
}
