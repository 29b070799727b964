/**
 * Plans a rollout: turns the shares that an operator asks for (window, batch, canary, thresholds)
 * into numbers of hosts.
 * @module
 */
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { hostCount, type HostShare } from "../targets/host_subset.ts";

/** The numbers that the operator gives; `undefined` where none is given. */
export interface RolloutSpec {
  /** How many hosts may run at the same time (fan-out). */
  readonly window: HostShare | undefined;
  /** How many hosts go first as canaries. */
  readonly canary: HostShare | undefined;
  /** The size of a batch: all its hosts end before the next batch starts. */
  readonly batch: HostShare | undefined;
  /** How long to wait between batches, in milliseconds. */
  readonly batchWaitMs: number | undefined;
  /** How many hosts may fail or refuse. */
  readonly maxFailed: HostShare | undefined;
  /** How many hosts may be lost or not delivered. */
  readonly maxLost: HostShare | undefined;
}

/** The numbers for certain hosts; `Infinity` where there is no limit. */
export interface RolloutPlan {
  /** The hosts in the order in which they are released, each once. */
  readonly nodes: readonly string[];
  /** The maximum number of hosts that run at the same time; at least 1. */
  readonly window: number;
  /** The number of canaries; 0 if there are none. */
  readonly canary: number;
  /** The size of a batch; at least 1. */
  readonly batch: number;
  /** The wait between batches, in milliseconds. */
  readonly batchWaitMs: number;
  /** The rollout stops when more hosts than this have failed or refused. */
  readonly maxFailed: number;
  /** The rollout stops when more hosts than this are lost. */
  readonly maxLost: number;
}

/**
 * The window when a threshold is given and no window: 32 hosts, as with pdsh. If all hosts started at
 * once, there would be nothing to stop.
 */
export const CAREFUL_WINDOW = 32;

/**
 * Plans a rollout to `nodes`, in the order of their names. Percentages are of all hosts: rounded up
 * for hosts to release, down for thresholds, so that "more than 10%" is exact.
 */
export function planRollout(spec: RolloutSpec, nodes: readonly string[]): RolloutPlan {
  const sorted = sortNodeNames(new Set(nodes));
  const released = (share: HostShare | undefined, otherwise: number) =>
    share === undefined ? otherwise : Math.max(1, hostCount(share, sorted.length));
  const tolerated = (share: HostShare | undefined) =>
    share === undefined ? Infinity : thresholdOf(share, sorted.length);
  const isCareful = spec.maxFailed !== undefined || spec.maxLost !== undefined;
  return {
    nodes: sorted,
    window: released(spec.window, isCareful && !spec.batch ? CAREFUL_WINDOW : Infinity),
    canary: released(spec.canary, 0),
    batch: released(spec.batch, Infinity),
    batchWaitMs: spec.batchWaitMs ?? 0,
    maxFailed: tolerated(spec.maxFailed),
    maxLost: tolerated(spec.maxLost),
  };
}

function thresholdOf(share: HostShare, total: number): number {
  return share.kind === "count" ? share.count : Math.floor(total * share.percent / 100);
}

/** The number of hosts in each batch; the canaries are the first batch. */
export function batchSizes({ nodes, canary, batch }: RolloutPlan): readonly number[] {
  const sizes: number[] = [];
  for (let left = nodes.length, size = canary || batch; left > 0; size = batch) {
    sizes.push(Math.min(size, left));
    left -= size;
  }
  return sizes;
}

/** How long the operator may take for the canary check, in milliseconds. */
const CANARY_CHECK_MS = 3_600_000;

/** How long after the first host the last one may start, in milliseconds, if each takes `hostMs`. */
export function maxRolloutMs(plan: RolloutPlan, hostMs: number): number {
  const sizes = batchSizes(plan);
  const rounds = sizes.reduce(
    (sum, size) => sum + Math.ceil(size / Math.min(size, plan.window)),
    0,
  );
  const pauses = Math.max(0, sizes.length - 1);
  const checking = plan.canary > 0 && pauses > 0 ? CANARY_CHECK_MS : 0;
  return Math.max(0, rounds - 1) * hostMs + pauses * plan.batchWaitMs + checking;
}
