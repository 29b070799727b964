/**
 * Names on their way to a hub, in as many asks as it takes. Imports `nodeset` and `hub`.
 * @module
 */
import { MAX_NAMES, type NodesAsk } from "../hub/operator/asks.ts";
import { foldNodes } from "../nodeset/node_set.ts";

/** The asks that name `nodes`. */
export function nodesAsks(nodes: Iterable<string>): readonly NodesAsk[] {
  const names = [...nodes];
  if (names.length === 0) return [];
  const folded = foldNodes(names);
  if (folded.length <= MAX_NAMES) return [{ kind: "nodes", names: folded }];
  const half = names.length >> 1;
  return [...nodesAsks(names.slice(0, half)), ...nodesAsks(names.slice(half))];
}
