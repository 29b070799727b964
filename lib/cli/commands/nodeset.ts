/**
 * `nanotrigger nodeset`: arithmetic with node sets, without a network.
 * @module
 */
import { foldNodes, splitNodes } from "../../nodeset/node_set.ts";
import { sortNodes } from "../../nodeset/name_shape.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { NodesetAction, NodesetOptions } from "../options/nodeset.ts";
import { findPlaces } from "../places.ts";
import { readNodeSet } from "../target.ts";
import type { Terminal } from "../terminal.ts";

/** Prints what was asked of the sets. */
export async function printNodeset(
  { action, sets }: NodesetOptions,
  terminal: Terminal,
): Promise<number> {
  const names = await readNodeSet(sets.join(","), findPlaces().groups);
  await terminal.print(answer(action, sortNodes(names)));
  return EXIT_OK;
}

function answer(action: NodesetAction, names: readonly string[]): string {
  switch (action.kind) {
    case "fold":
      return foldNodes(names);
    case "expand":
      return names.join(action.separator);
    case "count":
      return String(names.length);
    case "split":
      return splitNodes(names, action.parts).map(foldNodes).join("\n");
    default:
      return action satisfies never;
  }
}
