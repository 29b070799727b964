/**
 * Lists of names on their way between an operator's program and a hub, in as many parts as it takes.
 * Imports `nodeset`.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";

/** The most characters of names in one part. */
export const MAX_NAMES = 262_144;

/** Folds `nodes` into parts; none for nobody. */
export function foldedNames(nodes: Iterable<string>): readonly string[] {
  const names = [...nodes];
  if (names.length === 0) return [];
  const folded = foldNodes(names);
  if (folded.length <= MAX_NAMES) return [folded];
  const half = names.length >> 1;
  return [...foldedNames(names.slice(0, half)), ...foldedNames(names.slice(half))];
}
