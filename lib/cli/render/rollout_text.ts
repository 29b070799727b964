/**
 * Describes a rollout: its batches before it starts, and why it stopped.
 * @module
 */

import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { RolloutStop } from "../../trigger/rollout/rollout.ts";
import { batchSizes, type RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import { formatDuration } from "./units.ts";

/** Describes the plan: `web[1-2] first, then 98 hosts in 10 batches of 10`. */
export function planText(plan: RolloutPlan): string {
  const { nodes, canary, window, batchWaitMs } = plan;
  const rest = nodes.length - canary;
  const parts = [
    canary > 0 ? `${foldNodes(nodes.slice(0, canary))} first` : "",
    rest > 0 ? `${canary > 0 ? "then " : ""}${restText(plan, rest)}` : "",
    window < nodes.length ? `at most ${window} at once` : "",
    batchWaitMs > 0 ? `${formatDuration(batchWaitMs)} between batches` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function restText(plan: RolloutPlan, rest: number): string {
  const batches = batchSizes(plan).length - (plan.canary > 0 ? 1 : 0);
  return batches > 1
    ? `${hostCountText(rest)} in ${batches} batches of ${plan.batch}`
    : hostCountText(rest);
}

/**
 * Describes why the rollout stopped, and which hosts were skipped: `stopped: 3 hosts have failed,
 * and 2 may; …`.
 */
export function stopText(why: RolloutStop, left: readonly string[]): string {
  const those = left.length === 0
    ? "every host had its turn"
    : `${hostCountText(left.length)} not begun`;
  return `stopped: ${reasonText(why)}; ${those}`;
}

function reasonText(why: RolloutStop): string {
  switch (why.kind) {
    case "failed":
      return `${hostCountText(why.count)} failed, ${why.most} may`;
    case "lost":
      return `${hostCountText(why.count)} lost or not reached, ${why.most} may be`;
    case "canary":
      return "nobody said that it may go on after the canaries";
    case "overdue":
      return "the time is over for which the request was signed";
    default:
      return why satisfies never;
  }
}

/** Formats `1 host`, `2 hosts`. */
export function hostCountText(count: number): string {
  return `${count} ${count === 1 ? "host" : "hosts"}`;
}
