/**
 * From names to groups, as far as groups go. Imports its siblings.
 * @module
 */

import { foldNodes } from "./node_set.ts";

/** The names in each group, by the group as it is written: `@rack4`. */
export type GroupMembers = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Writes `names` with groups instead of names where all of a group is there, the largest group first, as
 * ClusterShell does: `@rack[1-2],web7`. No name is written twice.
 */
export function regroup(names: Iterable<string>, groups: GroupMembers): string {
  let rest: ReadonlySet<string> = new Set(names);
  const chosen: string[] = [];
  const largestFirst = [...groups]
    .filter(([, members]) => members.size > 0 && members.isSubsetOf(rest))
    .sort(([a, { size }], [b, { size: other }]) => other - size || (a < b ? -1 : 1));
  for (const [group, members] of largestFirst) {
    if (!members.isSubsetOf(rest)) continue;
    chosen.push(group);
    rest = rest.difference(members);
  }
  return [foldNodes(chosen), foldNodes(rest)].filter((text) => text !== "").join(",");
}
