/**
 * Groups hosts with equal output and equal outcome, keeps each distinct output once (the idea of
 * ClusterShell's MsgTree), and compares groups: one output is the reference, and the others differ
 * from it.
 * @module
 */
import { hash } from "node:crypto";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import type { HostOutcome } from "../../protocol/job/host_state.ts";
import { outcomeKey } from "./host_result.ts";

/** A distinct output. */
export interface KeptOutput {
  /** Equal for equal outputs, and only for these. */
  readonly id: number;
  /** The bytes, shared by equal outputs. */
  readonly bytes: Uint8Array;
}

/**
 * Keeps each distinct output once, so that memory does not grow with the number of hosts. Outputs
 * are compared by their SHA-256.
 */
export class DistinctOutputs {
  readonly #kept = new Map<string, KeptOutput>();

  /** Returns the kept copy of `output`; the caller may reuse its buffer. */
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
  /** The outcome on each of them. */
  readonly outcome: HostOutcome;
  /** The output of each of them; groups with equal output share the bytes. */
  readonly output: Uint8Array;
}

/** Groups equal results as they arrive. */
export class ResultGrouper {
  readonly #groups = new Map<
    string,
    { nodes: string[]; outcome: HostOutcome; output: Uint8Array }
  >();
  readonly #outputs = new DistinctOutputs();

  /** Adds the result of `node`; the caller may reuse the buffer of `output`. */
  add(node: string, outcome: HostOutcome, output: Uint8Array): void {
    const { id, bytes } = this.#outputs.keep(output);
    const key = `${id} ${outcomeKey(outcome)}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { nodes: [node], outcome, output: bytes });
    else group.nodes.push(node);
  }

  /**
   * Returns the groups so far: the largest first, groups of one size in the order of their first
   * hosts, whatever the order of arrival.
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

/** Returns the groups of `results`; see {@linkcode ResultGrouper}. */
export function groupResults(
  results: Iterable<{
    readonly node: string;
    readonly outcome: HostOutcome;
    readonly output: Uint8Array;
  }>,
): readonly ResultGroup[] {
  const grouper = new ResultGrouper();
  for (const { node, outcome, output } of results) grouper.add(node, outcome, output);
  return grouper.groups();
}

/** The choice of the reference: the lowest exit code (as clush does), or the largest group. */
export type ReferenceRule = "lowest code" | "majority";

/** Hosts with equal output, whatever their outcomes. */
export interface OutputGroup {
  /** The hosts; never empty. */
  readonly nodes: readonly string[];
  /** The output of each of them. */
  readonly output: Uint8Array;
}

/** A reference output and the outputs that differ from it. */
export interface OutputDiff {
  /** The reference. */
  readonly reference: OutputGroup;
  /** The other outputs, largest group first. */
  readonly others: readonly OutputGroup[];
}

/**
 * Compares `groups`, which are sorted by size, largest first. Ignores hosts that ran no command and
 * printed nothing; returns `undefined` if there are no others.
 */
export function compareOutputs(
  groups: readonly ResultGroup[],
  rule: ReferenceRule,
): OutputDiff | undefined {
  const comparable = groups.filter(({ outcome, output }) => hasRun(outcome) || output.length > 0);
  const outputs = Map.groupBy(comparable, ({ output }) => output);
  const all = [...outputs].map(([output, equal]) => ({
    output,
    nodes: sortNodeNames(equal.flatMap(({ nodes }) => nodes)),
    code: Math.min(...equal.map(({ outcome }) => codeOf(outcome))),
  })).sort((a, b) => b.nodes.length - a.nodes.length);
  const lowest = Math.min(...all.map(({ code }) => code));
  const reference = rule === "majority" ? all[0] : all.find(({ code }) => code === lowest);
  return reference && { reference, others: all.filter((each) => each !== reference) };
}

function hasRun({ kind }: HostOutcome): boolean {
  return kind === "exited" || kind === "signalled" || kind === "timeout";
}

function codeOf(outcome: HostOutcome): number {
  return outcome.kind === "exited" ? outcome.code : Infinity;
}
