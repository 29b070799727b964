/**
 * Groups hosts with equal output and equal outcome, and keeps each distinct output once (the idea
 * of ClusterShell's MsgTree).
 * @module
 */
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { hash } from "node:crypto";
import { outcomeKey } from "./host_result.ts";
import type { HostOutcome } from "../../protocol/job/host_state.ts";

/** An output that is kept. */
export interface KeptOutput {
  /** The same number for equal outputs, another one for others. */
  readonly id: number;
  /** The bytes; equal outputs share them. */
  readonly bytes: Uint8Array;
}

/**
 * Keeps outputs so that memory grows with the number of different ones and not with the number of
 * hosts (the idea of ClusterShell's MsgTree). Outputs are told apart by their SHA-256.
 */
export class DistinctOutputs {
  readonly #kept = new Map<string, KeptOutput>();

  /** Keeps `output`, which may be reused by the caller afterwards. */
  keep(output: Uint8Array): KeptOutput {
    const key = hash("sha256", output, "base64");
    const known = this.#kept.get(key);
    if (known) return known;
    const kept = { id: this.#kept.size, bytes: output.slice() };
    this.#kept.set(key, kept);
    return kept;
  }
}

/** Hosts with equal output and equal outcome. */
export interface ResultGroup {
  /** The hosts, sorted; never empty. */
  readonly nodes: readonly string[];
  /** How it ended on each of them. */
  readonly outcome: HostOutcome;
  /** What each of them printed; groups of equal output share the bytes. */
  readonly output: Uint8Array;
}

/** Gathers results one by one and groups those that are equal. */
export class ResultGrouper {
  readonly #groups = new Map<
    string,
    { nodes: string[]; outcome: HostOutcome; output: Uint8Array }
  >();
  readonly #outputs = new DistinctOutputs();

  /** Adds what `node` answered. `output` may be reused by the caller afterwards. */
  add(node: string, outcome: HostOutcome, output: Uint8Array): void {
    const { id, bytes } = this.#outputs.keep(output);
    const key = `${id} ${outcomeKey(outcome)}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { nodes: [node], outcome, output: bytes });
    else group.nodes.push(node);
  }

  /**
   * Returns the groups so far: the largest first, those of one size in the order of their first
   * hosts. The order in which hosts answered makes no difference.
   */
  groups(): readonly ResultGroup[] {
    const groups = [...this.#groups.values()]
      .map((group) => ({ ...group, nodes: sortNodeNames(group.nodes) }));
    const firsts = sortNodeNames(groups.map(firstNode));
    const ranks = new Map(firsts.map((node, rank) => [node, rank]));
    const rankOf = (group: ResultGroup) => ranks.get(firstNode(group)) ?? 0;
    return groups.sort((a, b) => b.nodes.length - a.nodes.length || rankOf(a) - rankOf(b));
  }
}

function firstNode({ nodes }: ResultGroup): string {
  return nodes[0] ?? "";
}

/** Groups results that are equal, in one go: see {@linkcode ResultGrouper}. */
export function groupResults(
  results: Iterable<{
    readonly node: string;
    readonly outcome: HostOutcome;
    readonly output: Uint8Array;
  }>,
): readonly ResultGroup[] {
  const folder = new ResultGrouper();
  for (const { node, outcome, output } of results) folder.add(node, outcome, output);
  return folder.groups();
}
