/**
 * Names on their way to a hub. Imports `hub`.
 * @module
 */
import type { NodesAsk } from "../hub/operator/asks.ts";
import { foldedNames } from "../hub/operator/folded_names.ts";

/** The asks that name `nodes`. */
export function nodesAsks(nodes: Iterable<string>): readonly NodesAsk[] {
  return foldedNames(nodes).map((names) => ({ kind: "nodes", names }));
}
