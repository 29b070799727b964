/**
 * The syntax tree of a target, for both syntaxes, and the ways to combine targets.
 *
 * A target is evaluated for one node at a time, so set algebra and boolean algebra are the same: a
 * union is `or`, an intersection `and`, a difference `and not`, a symmetric difference `xor`.
 * @module
 */
import { foldNames } from "../sets/fold_names.ts";
import type { NodeName } from "../sets/node_name.ts";
import type { NodePattern } from "../sets/node_pattern.ts";
import { expandPatterns } from "../sets/node_set.ts";
import type { FactCondition } from "./fact_condition.ts";

/** An expression that selects nodes. */
export type Target =
  /** Every node; written `ALL`. */
  | { readonly kind: "all" }
  /** The nodes that are listed; at least one pattern. */
  | { readonly kind: "nodes"; readonly patterns: readonly NodePattern[] }
  /** The nodes whose whole name matches a glob such as `web*`. */
  | { readonly kind: "glob"; readonly glob: string }
  /** The nodes whose name a regular expression matches; `source` is without its slashes. */
  | { readonly kind: "regex"; readonly source: string }
  /** The nodes that meet a condition on a fact. */
  | { readonly kind: "fact"; readonly condition: FactCondition }
  /**
   * A group or a past job, looked up before signing. `source` is the group source, `undefined` for
   * the default; `name` is opaque here: `rack4`, `last:failed`, `ID:rc=3`.
   */
  | { readonly kind: "group"; readonly source: string | undefined; readonly name: string }
  /** The nodes that `item` does not select. */
  | { readonly kind: "not"; readonly item: Target }
  /**
   * The nodes that any (`or`), an odd number (`xor`), or all (`and`) of at least two items select.
   * An odd number is the result of a chain of symmetric differences.
   */
  | { readonly kind: CompositeKind; readonly items: readonly Target[] };

/** How the items of a target are joined. */
export type CompositeKind = "or" | "xor" | "and";

/** A group or a past job in a target. */
export type GroupTarget = Extract<Target, { readonly kind: "group" }>;

/** Selects every node. */
export const ALL_NODES: Target = { kind: "all" };

/** Selects no node; written `not ALL`. */
export const NO_NODES: Target = { kind: "not", item: ALL_NODES };

/** Selects exactly `names`; {@linkcode NO_NODES} if there are none. */
export function targetOfNames(names: Iterable<NodeName>): Target {
  const patterns = foldNames(names);
  return patterns.length === 0 ? NO_NODES : { kind: "nodes", patterns };
}

/** Joins targets; a single one stays as it is. */
export function combineTargets(kind: CompositeKind, items: readonly [Target, ...Target[]]): Target {
  return items.length === 1 ? items[0] : { kind, items };
}

/** Selects the nodes that `target` selects and `excluded` does not. */
export function excludeNodes(target: Target, excluded: Target): Target {
  return { kind: "and", items: [target, { kind: "not", item: excluded }] };
}

/** Returns how deep operators nest; 0 for a single term. */
export function nestingDepth(target: Target): number {
  switch (target.kind) {
    case "not":
      return 1 + nestingDepth(target.item);
    case "or":
    case "xor":
    case "and":
      return 1 + target.items.reduce((deepest, item) => Math.max(deepest, nestingDepth(item)), 0);
    default:
      return 0;
  }
}

/**
 * Joins targets: all plain node sets among them become one folded set, and those that select no
 * node are left out. Returns {@linkcode NO_NODES} without targets.
 * @throws {TargetError} if the node sets list more than a million names
 */
export function uniteTargets(targets: readonly Target[]): Target {
  const patterns = targets.flatMap((target) => target.kind === "nodes" ? target.patterns : []);
  const others = targets.filter((target) => target.kind !== "nodes" && !isNoNodes(target));
  const items = patterns.length > 0 ? [targetOfNames(expandPatterns(patterns)), ...others] : others;
  const [first = NO_NODES] = items;
  return items.length < 2 ? first : { kind: "or", items };
}

/** Returns whether `target` is {@linkcode NO_NODES}. */
export function isNoNodes(target: Target): boolean {
  return target.kind === "not" && target.item.kind === "all";
}
