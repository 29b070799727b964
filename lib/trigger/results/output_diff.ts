/**
 * Compares groups of hosts by their output: one output is the reference, and the others differ from
 * it.
 * @module
 */
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import type { ResultGroup } from "./result_groups.ts";
import type { HostOutcome } from "../../protocol/job/host_state.ts";

/** What is the reference: clush's choice, the lowest exit code first, or what most have printed. */
export type ReferenceRule = "lowest code" | "majority";

/** Hosts that have printed the same, however it ended. */
export interface OutputGroup {
  /** The hosts; never empty. */
  readonly nodes: readonly string[];
  /** What each of them printed. */
  readonly output: Uint8Array;
}

/** Outputs beside a reference. */
export interface OutputDiff {
  /** What the others are compared with. */
  readonly reference: OutputGroup;
  /** The others, the largest group first. */
  readonly others: readonly OutputGroup[];
}

/**
 * Compares the `groups` of a {@linkcode Folder}, the largest first. Hosts that ran nothing and
 * printed nothing are left out; `undefined` if nobody is left.
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
