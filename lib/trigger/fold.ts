/**
 * Folding: hosts that answered the same become one result. Pure.
 * @module
 */

import { DistinctOutputs } from "./distinct_outputs.ts";
import { type NodeOutcome, outcomeKey } from "./outcome.ts";

/** Hosts with equal output and equal outcome. */
export interface FoldedResult {
  /** The hosts, in the order in which they were added; never empty. */
  readonly nodes: readonly string[];
  /** How it ended on each of them. */
  readonly outcome: NodeOutcome;
  /** What each of them printed; groups of equal output share the bytes. */
  readonly output: Uint8Array;
}

/** Gathers results one by one and groups those that are equal. */
export class Folder {
  readonly #groups = new Map<
    string,
    { nodes: string[]; outcome: NodeOutcome; output: Uint8Array }
  >();
  readonly #outputs = new DistinctOutputs();

  /** Adds what `node` answered. `output` may be reused by the caller afterwards. */
  add(node: string, outcome: NodeOutcome, output: Uint8Array): void {
    const { id, bytes } = this.#outputs.keep(output);
    const key = `${id} ${outcomeKey(outcome)}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { nodes: [node], outcome, output: bytes });
    else group.nodes.push(node);
  }

  /** The groups so far: the largest first, those of one size in the order of their first host. */
  groups(): readonly FoldedResult[] {
    return [...this.#groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
  }
}

/** Groups results that are equal, in one go: see {@linkcode Folder}. */
export function fold(
  results: Iterable<{
    readonly node: string;
    readonly outcome: NodeOutcome;
    readonly output: Uint8Array;
  }>,
): readonly FoldedResult[] {
  const folder = new Folder();
  for (const { node, outcome, output } of results) folder.add(node, outcome, output);
  return folder.groups();
}
