/**
 * Targets of which every agent can say by itself whether it is meant: without groups, which only the
 * operator's side can look up. Imports `nodeset`.
 * @module
 */

import { matches, type Target, TargetError, UnresolvedTargetError } from "../nodeset/target.ts";

/** A target, or why it cannot be used. */
export type ResolvedTarget =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "problem"; readonly problem: string };

/** Reads a target with `parse` and looks for groups anywhere in it. */
export function resolvedTarget(parse: () => Target): ResolvedTarget {
  try {
    const target = parse();
    matches(target, { name: "", facts: new Map() }); // throws if there is a group
    return { kind: "target", target };
  } catch (error) {
    if (error instanceof TargetError || error instanceof UnresolvedTargetError) {
      return { kind: "problem", problem: error.message };
    }
    throw error;
  }
}
