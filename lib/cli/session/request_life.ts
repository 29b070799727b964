/**
 * How long a request is valid, from its signing until the last host may start it. Agents accept at
 * most 24 hours.
 * @module
 */

import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { maxRolloutMs, type RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";

/** The least that a request lives, so that clocks may differ a little, in milliseconds. */
const MIN_LIFE_MS = 60_000;
/** What a host may take beyond its time limits, in milliseconds. */
const MARGIN_MS = 30_000;

/** The times that decide, in milliseconds. */
export interface RequestTimes {
  /** How long a host may take to be reached. */
  readonly deliverMs: number;
  /** How long the command may run. */
  readonly runMs: number;
  /** Over which time hosts are spread. */
  readonly splayMs: number;
}

/**
 * How long the last host may take to begin, in milliseconds, the splay not counted: it comes on top,
 * and all of it is no more than agents take. Without a plan all hosts get their turn at once.
 */
export function requestLife(
  { deliverMs, runMs, splayMs }: RequestTimes,
  plan?: RolloutPlan,
): number {
  const hostMs = deliverMs + splayMs + runMs + MARGIN_MS;
  const needed = deliverMs + (plan ? maxRolloutMs(plan, hostMs) : 0);
  return boundedLife(Math.max(needed, MIN_LIFE_MS), splayMs);
}

/** At most as much of `lifeMs` as leaves room for a splay. */
export function boundedLife(lifeMs: number, splayMs: number): number {
  return Math.min(lifeMs, MAX_REQUEST_LIFE_MS - splayMs);
}
