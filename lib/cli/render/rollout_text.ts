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
 * Describes why the rollout stopped, and which hosts were skipped: `stopped: 3 hosts failed, limit
 * 2; 5 hosts skipped`.
 */
export function stopText(why: RolloutStop, left: readonly string[]): string {
  const those = left.length === 0 ? "no host skipped" : `${hostCountText(left.length)} skipped`;
  return `stopped: ${reasonText(why)}; ${those}`;
}

function reasonText(why: RolloutStop): string {
  switch (why.kind) {
    case "failed":
      return `${hostCountText(why.count)} failed, limit ${why.most}`;
    case "lost":
      return `${hostCountText(why.count)} lost or not delivered, limit ${why.most}`;
    case "canary":
      return "canary check failed";
    case "overdue":
      return "request expired";
    default:
      return why satisfies never;
  }
}

/** Formats `1 host`, `2 hosts`. */
export function hostCountText(count: number): string {
  return `${count} ${count === 1 ? "host" : "hosts"}`;
}
