/**
 * Plans a rollout: turns the shares that an operator asks for (window, batch, canary, thresholds)
 * into numbers of hosts.
 * @module
 */
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { hostCount, type HostShare } from "../targets/host_subset.ts";

/** What the operator wants; what is not said is `undefined`. */
export interface RolloutSpec {
  /** How many hosts may be under way at once. */
  readonly window: HostShare | undefined;
  /** How many hosts go first, so that it can be seen what happens to them. */
  readonly canary: HostShare | undefined;
  /** How many hosts must all have ended before the next ones begin. */
  readonly batch: HostShare | undefined;
  /** How long to wait between batches, in milliseconds. */
  readonly batchWaitMs: number | undefined;
  /** How many hosts may fail or refuse. */
  readonly maxFailed: HostShare | undefined;
  /** How many hosts may be lost or not be reached. */
  readonly maxLost: HostShare | undefined;
}

/** The same for certain hosts; what has no limit is `Infinity`. */
export interface RolloutPlan {
  /** The hosts in the order in which they get their turn, each once. */
  readonly nodes: readonly string[];
  /** The most hosts under way at once; at least 1. */
  readonly window: number;
  /** How many go first; 0 if there are no canaries. */
  readonly canary: number;
  /** The size of a batch; at least 1. */
  readonly batch: number;
  /** The wait between batches, in milliseconds. */
  readonly batchWaitMs: number;
  /** It is stopped when more hosts than this have failed or refused. */
  readonly maxFailed: number;
  /** It is stopped when more hosts than this are lost. */
  readonly maxLost: number;
}

/**
 * How many hosts are under way at once when it is to be stopped by what happens to them and nothing
 * says how many: as with pdsh. If all began at once there would be nothing to stop.
 */
export const CAREFUL_WINDOW = 32;

/**
 * Plans for `nodes`, in the order of their names. Percent are of all of them: rounded up where hosts
 * get their turn, down where they are tolerated, so that "more than 10%" is exactly that.
 */
export function planRollout(wish: RolloutSpec, nodes: readonly string[]): RolloutPlan {
  const sorted = sortNodeNames(new Set(nodes));
  const turns = (share: HostShare | undefined, otherwise: number) =>
    share === undefined ? otherwise : Math.max(1, hostCount(share, sorted.length));
  const tolerated = (share: HostShare | undefined) =>
    share === undefined ? Infinity : thresholdOf(share, sorted.length);
  const isCareful = wish.maxFailed !== undefined || wish.maxLost !== undefined;
  return {
    nodes: sorted,
    window: turns(wish.window, isCareful && !wish.batch ? CAREFUL_WINDOW : Infinity),
    canary: turns(wish.canary, 0),
    batch: turns(wish.batch, Infinity),
    batchWaitMs: wish.batchWaitMs ?? 0,
    maxFailed: tolerated(wish.maxFailed),
    maxLost: tolerated(wish.maxLost),
  };
}

function thresholdOf(share: HostShare, total: number): number {
  return share.kind === "count" ? share.count : Math.floor(total * share.percent / 100);
}

/** How many hosts are in each batch, the canaries being the first. */
export function batchSizes({ nodes, canary, batch }: RolloutPlan): readonly number[] {
  const sizes: number[] = [];
  for (let left = nodes.length, size = canary || batch; left > 0; size = batch) {
    sizes.push(Math.min(size, left));
    left -= size;
  }
  return sizes;
}

/** How long a person may think about what the canaries have shown, in milliseconds. */
const CANARY_CHECK_MS = 3_600_000;

/**
 * How long after the first host the last one may begin, in milliseconds, if each takes `hostMs` at
 * the most.
 */
export function maxRolloutMs(plan: RolloutPlan, hostMs: number): number {
  const sizes = batchSizes(plan);
  const rounds = sizes.reduce(
    (sum, size) => sum + Math.ceil(size / Math.min(size, plan.window)),
    0,
  );
  const pauses = Math.max(0, sizes.length - 1);
  const thinking = plan.canary > 0 && pauses > 0 ? CANARY_CHECK_MS : 0;
  return Math.max(0, rounds - 1) * hostMs + pauses * plan.batchWaitMs + thinking;
}
