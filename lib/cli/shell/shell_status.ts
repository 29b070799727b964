/**
 * The prompt of the shell, and the output of `?`.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { type HostOutcome, outcomeClass } from "../../protocol/job/host_state.ts";
import { escapeText } from "../terminal/escape.ts";
import { outcomeText } from "../render/run_summary.ts";

/** The outcome of the last command on each host. */
export type LastOutcomes = ReadonlyMap<string, HostOutcome>;

/** The status of the shell. */
export interface ShellStatus {
  /** The current hosts. */
  readonly nodes: readonly string[];
  /** The outcomes of the last command, if there was one. */
  readonly last: LastOutcomes;
  /** The current hosts that are not attached. */
  readonly away: readonly string[];
  /** The reason for `away`, in words. */
  readonly absence: string;
  /** Whether results are gathered first. */
  readonly gathers: boolean;
}

/** The maximum length of a set in a prompt, in characters. */
const MAX_SET = 40;

/**
 * Returns the prompt for a terminal of `columns`: the hosts, their number, and the number without
 * success.
 */
export function promptText(
  { nodes, last }: Pick<ShellStatus, "nodes" | "last">,
  columns: number,
): string {
  const set = escapeText(foldNodes(nodes), Math.max(1, Math.min(MAX_SET, Math.floor(columns / 2))));
  const bad = failedOutcomes(last).length;
  return `${set} (${nodes.length}${bad > 0 ? `, ${bad} not ok` : ""})> `;
}

/** Returns the lines for `?`. */
export function statusLines({ nodes, last, away, absence, gathers }: ShellStatus): string[] {
  return [
    `hosts: ${counted(nodes)}`,
    ...(away.length > 0 ? [`${absence}: ${counted(away)}`] : []),
    `output: ${modeText(gathers)} (= changes it)`,
    ...lastLines(last),
  ];
}

/** Describes how results are shown. */
export function modeText(gathers: boolean): string {
  return gathers ? "gathered, equal output once" : "line by line";
}

function lastLines(last: LastOutcomes): string[] {
  if (last.size === 0) return [];
  const bad = new Map<string, string[]>();
  for (const [node, outcome] of failedOutcomes(last)) {
    const text = outcomeText(outcome);
    bad.set(text, [...bad.get(text) ?? [], node]);
  }
  const ends = [...bad].map(([text, nodes]) => `${counted(nodes)} ${text}`);
  return [`last command: ${ends.length > 0 ? ends.join("; ") : "all ok"}`];
}

function failedOutcomes(last: LastOutcomes): (readonly [string, HostOutcome])[] {
  return [...last].filter(([, outcome]) => outcomeClass(outcome) !== "ok");
}

function counted(nodes: readonly string[]): string {
  return `${escapeText(foldNodes(nodes), Infinity)} (${nodes.length})`;
}
