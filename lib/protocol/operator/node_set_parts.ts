/**
 * Splits a long list of host names into folded node sets that each fit one message, in both
 * directions between operator and hub.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";

/** The most characters of names in one part. */
export const MAX_NODE_SET_CHARS = 262_144;

/** Folds `nodes` into parts; none for nobody. */
export function foldInParts(nodes: Iterable<string>): readonly string[] {
  const names = [...nodes];
  if (names.length === 0) return [];
  const folded = foldNodes(names);
  if (folded.length <= MAX_NODE_SET_CHARS) return [folded];
  const half = names.length >> 1;
  return [...foldInParts(names.slice(0, half)), ...foldInParts(names.slice(half))];
}
