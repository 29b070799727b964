/**
 * Freshness: decides by the signed times whether a request may still be accepted. Replay
 * protection, which needs the known ids, is in the agent's journal.
 * @module
 */

/** The times that an operator signed, in Unix seconds; fractions count. */
export interface SignedTimes {
  /** The time of the signature. */
  readonly issued: number;
  /** The last second of its life. */
  readonly expires: number;
}

/** The times that an agent knows; all in Unix seconds, fractions count. */
export interface FreshnessContext {
  /** The agent's clock. */
  readonly now: number;
  /** Requests issued before it are refused: set when the journal of ids was lost. */
  readonly floor: number;
  /**
   * The latest `issued` of all accepted requests, 0 without one. It is a signed time: a wrong local
   * clock cannot move it, and a clock that was set back is behind it.
   */
  readonly greatestIssued: number;
  /** The maximum life of a request; 300 by default, never more than 86,400. */
  readonly maxLife?: number;
}

/** The rule that a stale request breaks. */
export type StaleCode =
  | "bad-life"
  | "from-the-future"
  | "expired"
  | "before-floor"
  | "clock-behind";

/** The result of {@linkcode checkFreshness}. */
export type Freshness =
  | { readonly kind: "fresh" }
  | { readonly kind: "stale"; readonly code: StaleCode; readonly reason: string };

/** The maximum difference of two clocks, in seconds. */
export const MAX_CLOCK_SKEW_S = 30;
/** The default maximum life of a request, in seconds. */
export const DEFAULT_MAX_LIFETIME_S = 300;
/** The longest life that can be configured, in seconds: for hosts that return within a day. */
export const LARGEST_MAX_LIFETIME_S = 86_400;
/** The same in milliseconds. */
export const MAX_REQUEST_LIFE_MS: number = LARGEST_MAX_LIFETIME_S * 1_000;

/**
 * Checks `times`.
 * @throws {RangeError} if a number of the context is NaN
 */
export function checkFreshness(times: SignedTimes, context: FreshnessContext): Freshness {
  const { issued, expires } = times;
  const { now, floor, greatestIssued, maxLife = DEFAULT_MAX_LIFETIME_S } = context;
  // check: time-nan
  if (Number.isNaN(now + floor + greatestIssued + maxLife)) throw new RangeError("time is NaN");
  const life = expires - issued;
  const longest = Math.min(maxLife, LARGEST_MAX_LIFETIME_S); // check: life-limit
  // check: life-negative
  if (life <= 0) return stale("bad-life", "expires at or before its issue");
  if (life > longest) { // check: life-length
    return stale(
      "bad-life",
      `valid for ${roundUp(life)} s, limit ${longest} s`,
    );
  }
  if (issued > now + MAX_CLOCK_SKEW_S) { // check: issued-future
    return stale(
      "from-the-future",
      `issued ${roundUp(issued - now)} s ahead of this host's clock`,
    );
  }
  // check: expired
  if (now > expires) return stale("expired", `expired ${roundUp(now - expires)} s ago`);
  if (issued < floor) { // check: replay-floor
    return stale(
      "before-floor",
      `issued ${roundUp(floor - issued)} s before this agent's journal starts`,
    );
  }
  if (now < greatestIssued - MAX_CLOCK_SKEW_S) { // check: clock-behind
    const behind = roundUp(greatestIssued - now);
    return stale("clock-behind", `this host's clock is ${behind} s behind an accepted request`);
  }
  return { kind: "fresh" };
}

/** Rounds up for messages, so that no request is "0 s" late. */
function roundUp(seconds: number): number {
  return Math.ceil(seconds);
}

function stale(code: StaleCode, reason: string): Freshness {
  return { kind: "stale", code, reason };
}
