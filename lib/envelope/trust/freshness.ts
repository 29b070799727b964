/**
 * Freshness: whether a signed request may still be accepted, by its times alone. Replay protection,
 * which needs the ids seen so far, is in the agent's journal.
 * @module
 */

/** The times that an operator signed, in Unix seconds; fractions count. */
export interface SignedTimes {
  /** When it was signed. */
  readonly issued: number;
  /** The last second in which it counts. */
  readonly expires: number;
}

/** What an agent knows about time; all in Unix seconds, fractions count. */
export interface FreshnessContext {
  /** The agent's clock. */
  readonly now: number;
  /** Nothing issued before it is accepted: set when the journal of seen ids was lost. */
  readonly floor: number;
  /**
   * The latest `issued` of all requests accepted so far, 0 if there was none. It is signed time: a
   * wrong local clock cannot move it, and a clock that was set back is behind it.
   */
  readonly greatestIssued: number;
  /** The longest life that is accepted; 300 if not given, and never more than 86,400. */
  readonly maxLife?: number;
}

/** Which rule a stale request breaks. */
export type StaleCode =
  | "bad-life"
  | "from-the-future"
  | "expired"
  | "before-floor"
  | "clock-behind";

/** The verdict. */
export type Freshness =
  | { readonly kind: "fresh" }
  | { readonly kind: "stale"; readonly code: StaleCode; readonly reason: string };

/** How far two clocks may differ, in seconds. */
export const MAX_CLOCK_SKEW_S = 30;
/** The longest life of a request if nothing else is said, in seconds. */
export const DEFAULT_MAX_LIFETIME_S = 300;
/** The longest life that can be allowed, in seconds: for hosts that come back within a day. */
export const LARGEST_MAX_LIFETIME_S = 86_400;
/** The same in milliseconds. */
export const MAX_REQUEST_LIFE_MS: number = LARGEST_MAX_LIFETIME_S * 1_000;

/**
 * Judges `times`.
 * @throws {RangeError} if the context is not made of numbers: better no verdict than a wrong one
 */
export function checkFreshness(times: SignedTimes, context: FreshnessContext): Freshness {
  const { issued, expires } = times;
  const { now, floor, greatestIssued, maxLife = DEFAULT_MAX_LIFETIME_S } = context;
  // check: time-nan
  if (Number.isNaN(now + floor + greatestIssued + maxLife)) throw new RangeError("time is NaN");
  const life = expires - issued;
  const longest = Math.min(maxLife, LARGEST_MAX_LIFETIME_S); // check: life-limit
  // check: life-negative
  if (life <= 0) return stale("bad-life", "it expires no later than it was issued");
  if (life > longest) { // check: life-length
    return stale(
      "bad-life",
      `it lives for ${roundUp(life)} s, more than the ${longest} s allowed here`,
    );
  }
  if (issued > now + MAX_CLOCK_SKEW_S) { // check: issued-future
    return stale(
      "from-the-future",
      `it was issued ${roundUp(issued - now)} s ahead of this host's clock`,
    );
  }
  // check: expired
  if (now > expires) return stale("expired", `it expired ${roundUp(now - expires)} s ago`);
  if (issued < floor) { // check: replay-floor
    return stale(
      "before-floor",
      `it was issued ${roundUp(floor - issued)} s before this agent can know`,
    );
  }
  if (now < greatestIssued - MAX_CLOCK_SKEW_S) { // check: clock-behind
    const behind = roundUp(greatestIssued - now);
    return stale("clock-behind", `this host's clock is ${behind} s behind a request it has obeyed`);
  }
  return { kind: "fresh" };
}

/** For people; rounded up, so that nothing is "0 s" late. */
function roundUp(seconds: number): number {
  return Math.ceil(seconds);
}

function stale(code: StaleCode, reason: string): Freshness {
  return { kind: "stale", code, reason };
}
