/**
 * The validity of a request, from its signing until the last host may start it. Agents accept at
 * most 24 hours.
 * @module
 */

import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { maxRolloutMs, type RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";

/** The minimum validity in milliseconds. Tolerates small clock differences. */
const MIN_LIFE_MS = 60_000;
/** The time that a host may need beyond its time limits, in milliseconds. */
const MARGIN_MS = 30_000;

/** The times that determine the validity, in milliseconds. */
export interface RequestTimes {
  /** The delivery timeout of a host. */
  readonly deliverMs: number;
  /** The maximum run time of the command. */
  readonly runMs: number;
  /** The time over which the starts are spread. */
  readonly splayMs: number;
}

/**
 * Returns the time until the last host may start, in milliseconds, without the splay. With the
 * splay it is at most what agents accept. Without a plan all hosts start at once.
 */
export function requestLife(
  { deliverMs, runMs, splayMs }: RequestTimes,
  plan?: RolloutPlan,
): number {
  const hostMs = deliverMs + splayMs + runMs + MARGIN_MS;
  const needed = deliverMs + (plan ? maxRolloutMs(plan, hostMs) : 0);
  return boundedLife(Math.max(needed, MIN_LIFE_MS), splayMs);
}

/** Returns `lifeMs`, reduced to leave room for a splay. */
export function boundedLife(lifeMs: number, splayMs: number): number {
  return Math.min(lifeMs, MAX_REQUEST_LIFE_MS - splayMs);
}
