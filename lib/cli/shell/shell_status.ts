/**
 * The prompt of the shell, and its answer to `?`.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { type HostOutcome, outcomeClass } from "../../protocol/job/host_state.ts";
import { escapeText } from "../terminal/escape.ts";
import { outcomeText } from "../render/run_summary.ts";

/** How the last command ended on each host. */
export type LastOutcomes = ReadonlyMap<string, HostOutcome>;

/** How things are. */
export interface ShellStatus {
  /** The hosts that a command would go to. */
  readonly nodes: readonly string[];
  /** How it ended, if there has been one. */
  readonly last: LastOutcomes;
  /** Those of the hosts that are not there. */
  readonly away: readonly string[];
  /** Why they are not. */
  readonly absence: string;
  /** Whether answers are gathered first. */
  readonly gathers: boolean;
}

/** The longest that a set is in a prompt, in characters. */
const MAX_SET = 40;

/** The prompt on a terminal of so many columns: the hosts, how many, and on how many it went wrong. */
export function promptText(
  { nodes, last }: Pick<ShellStatus, "nodes" | "last">,
  columns: number,
): string {
  const set = escapeText(foldNodes(nodes), Math.max(1, Math.min(MAX_SET, Math.floor(columns / 2))));
  const bad = failedOutcomes(last).length;
  return `${set} (${nodes.length}${bad > 0 ? `, ${bad} not ok` : ""})> `;
}

/** What `?` is answered, line by line. */
export function statusLines({ nodes, last, away, absence, gathers }: ShellStatus): string[] {
  const mode = gathers ? "gathered, equal answers shown once" : "line by line as it comes";
  return [
    `hosts: ${counted(nodes)}`,
    ...(away.length > 0 ? [`${absence}: ${counted(away)}`] : []),
    `output: ${mode} (= changes it)`,
    ...lastLines(last),
  ];
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
