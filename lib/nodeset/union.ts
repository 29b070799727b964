/**
 * The union of targets in few terms. Imports its siblings.
 * @module
 */

import { expandPatterns } from "./node_set.ts";
import { namesTarget, NOBODY, type Target } from "./target_ast.ts";

/**
 * Joins targets: all plain node sets among them become one that is folded, and whoever is nobody is
 * left out. No targets select nobody.
 * @throws {TargetError} if the node sets list more than a million names
 */
export function unite(targets: readonly Target[]): Target {
  const patterns = targets.flatMap((target) => target.kind === "nodes" ? target.patterns : []);
  const others = targets.filter((target) => target.kind !== "nodes" && !isNobody(target));
  const items = patterns.length > 0 ? [namesTarget(expandPatterns(patterns)), ...others] : others;
  const [first = NOBODY] = items;
  return items.length < 2 ? first : { kind: "or", items };
}

/** Tells whether `target` is written as nobody. */
export function isNobody(target: Target): boolean {
  return target.kind === "not" && target.item.kind === "all";
}
