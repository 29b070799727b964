/**
 * Globs and regular expressions that find nobody: a slip of the pen in `web*,wbd*` would otherwise be
 * noticed by nobody, because the other terms find their hosts. Pure; imports `nodeset`.
 * @module
 */

import { selectNodes, type Target } from "../nodeset/mod.ts";

/** Gives the globs and regular expressions that could add hosts to `target`, and match no name. */
export function idleTerms(target: Target, names: Iterable<string>): Target[] {
  const nodes = Array.from(names, (name) => ({ name, facts: new Map() }));
  return searches(target).filter((search) => selectNodes(search, nodes).length === 0);
}

/** Those that only leave hosts out may well find nobody. */
function searches(target: Target): Target[] {
  switch (target.kind) {
    case "glob":
    case "regex":
      return [target];
    case "and":
    case "or":
    case "xor":
      return target.items.flatMap(searches);
    default:
      return [];
  }
}
