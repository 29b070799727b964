/**
 * `--limit`: picks hosts of a target at random, and prints the seed that picks the same ones again.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { type Target, targetOfNames } from "../../nodeset/mod.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import { usesFacts } from "../../trigger/targets/resolve.ts";
import { hostCount, sample } from "../../trigger/targets/host_subset.ts";
import type { LimitChoice } from "../args/target_options.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** A target with its hosts. */
export interface ResolvedTarget {
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** The target to sign. */
  readonly target: Target;
}

/**
 * Picks the number of hosts in `limit`, and prints them with the seed that picks them again. The
 * new target names only these hosts. Conditions on facts stay, for each host to check.
 */
export function pickRandomSubset(
  resolved: ResolvedTarget,
  limit: LimitChoice | undefined,
  terminal: Pick<Terminal, "note">,
): ResolvedTarget {
  if (limit === undefined) return resolved;
  const { nodes, target } = resolved;
  const seed = limit.seed ?? randomSeed();
  const chosen = sample(nodes, { count: hostCount(limit.share, nodes.length), seed });
  const counts = `${chosen.length} of ${nodes.length} hosts`;
  terminal.note(`picked ${counts} at random (--limit-seed ${seed}): ${foldNodes(chosen)}`);
  const names = targetOfNames(chosen.map(parseNodeName));
  return {
    nodes: chosen,
    target: usesFacts(target) ? { kind: "and", items: [target, names] } : names,
  };
}

/** Returns a random seed. */
export function randomSeed(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(number);
}
