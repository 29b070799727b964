/**
 * The summary at the end of a run: the hosts that did not succeed with the reasons, and a command
 * line that repeats the run for these hosts.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { outcomeKey } from "../../trigger/results/host_result.ts";
import {
  type HostOutcome,
  type NotDelivered,
  type OutcomeClass,
  outcomeClass,
} from "../../protocol/job/host_state.ts";
import { escapeText } from "../terminal/escape.ts";

/** The outcome of one host. */
export interface EndedNode {
  /** The name. */
  readonly node: string;
  /** The outcome. */
  readonly outcome: HostOutcome;
}

/** The number of hosts per outcome, and in total. */
export type OutcomeCounts = Readonly<Record<OutcomeClass | "total", number>>;

/** The outcomes in the order of the output; the most certain first. */
const CLASSES: readonly OutcomeClass[] = ["ok", "failed", "refused", "lost", "skipped"];

/** The maximum length of a text from a host, in characters. */
const MAX_HOST_TEXT = 300;

/**
 * Returns one line per outcome other than success, as clush does: `web[3-4]: exited with exit code
 * 1`. Returns none if all hosts succeeded.
 */
export function summaryLines(ends: Iterable<EndedNode>): readonly string[] {
  return outcomeLines([...ends].filter(({ outcome }) => outcomeClass(outcome) !== "ok"));
}

/** Returns one line per outcome, including success: the output of `--dry-run`. */
export function outcomeLines(ends: Iterable<EndedNode>): readonly string[] {
  const groups = new Map<string, { outcome: HostOutcome; nodes: string[] }>();
  for (const { node, outcome } of ends) {
    const key = outcomeKey(outcome);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { outcome, nodes: [node] });
    else group.nodes.push(node);
  }
  return [...groups.values()]
    .sort((a, b) => outcomeRank(a.outcome) - outcomeRank(b.outcome))
    .map(({ outcome, nodes }) => `${foldNodes(nodes)}: ${outcomeText(outcome)}`);
}

/** Counts the outcomes. */
export function countOutcomes(outcomes: Iterable<HostOutcome>): OutcomeCounts {
  const counts = { total: 0, ok: 0, failed: 0, refused: 0, lost: 0, skipped: 0 };
  for (const outcome of outcomes) {
    counts.total++;
    counts[outcomeClass(outcome)]++;
  }
  return counts;
}

/** Returns the outcome in words: the part of the line after the host's name. */
export function outcomeText(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited with exit code ${outcome.code}`;
    case "signalled":
      return `killed by ${escaped(outcome.signal)}`;
    case "timeout":
      return "timed out and was killed";
    case "cancelled":
      return "cancelled";
    case "undone":
      return undoneText(outcome);
    case "refused":
      return `refused: ${escaped(outcome.reason)}`;
    case "allowed":
      return `would run ${escaped(outcome.summary)} (${escaped(outcome.rule)})`;
    case "lost":
      return `lost: ${escaped(outcome.reason ?? "delivered, but the agent has sent no result")}`;
    case "expired":
      return notDeliveredText(outcome);
    case "unverified":
      return "unverified: output differs from what the host has signed";
    case "skipped":
      return "skipped";
    default:
      return outcome satisfies never;
  }
}

/** Says that it did not run only where this program knows it, and not the word of a hub. */
function notDeliveredText({ reason, canRunUntil }: NotDelivered): string {
  const why = reason === undefined ? "" : `: ${escaped(reason)}`;
  if (canRunUntil === undefined) {
    return reason === undefined ? "expired: not delivered" : `not run${why}`;
  }
  const until = new Date(canRunUntil).toISOString().replace(/\.\d+/, "");
  return `not delivered, as the hub reports${why}; can run until ${until} by its own clock`;
}

function undoneText({ reason, code, said }: Extract<HostOutcome, { kind: "undone" }>): string {
  const end = code === 0
    ? "undone"
    : code === undefined
    ? "NOT UNDONE, undo command did not finish"
    : `NOT UNDONE, undo command exited with exit code ${code}`;
  const more = code === 0 || said === "" ? "" : `, output "${escaped(said)}"`;
  return `${end}: ${escaped(reason)}${more}`;
}

function escaped(fromHost: string): string {
  return escapeText(fromHost, MAX_HOST_TEXT);
}

function outcomeRank(outcome: HostOutcome): number {
  return CLASSES.indexOf(outcomeClass(outcome));
}

/** Quotes `word` if it has a special meaning in a POSIX shell. */
export function quoteShellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The maximum length of a hint, in characters. Longer hints are not useful. */
const MAX_HINT = 2_000;

/**
 * Returns a command line that repeats the run on the hosts without success. Returns `undefined` if
 * all or none of the hosts succeeded, because the original command line is enough.
 * `rerunArgs` returns the arguments after the hosts, if possible; otherwise `rerunText` describes
 * how to repeat the run on a set.
 */
export function rerunHint(
  ends: readonly EndedNode[],
  rerunArgs: () => readonly string[] | undefined = () => undefined,
  rerunText: (set: string) => string = (set) => `the same command with -w ${quoteShellWord(set)}`,
): string | undefined {
  const others = ends.filter(({ outcome }) => outcomeClass(outcome) !== "ok");
  if (others.length === 0 || others.length === ends.length) return undefined;
  const set = foldNodes(others.map(({ node }) => node));
  const words = rerunArgs();
  const hints = [
    ...(words
      ? [`rerun on these hosts: ${shellCommandLine(["nanotrigger", "run", "-w", set, ...words])}`]
      : []),
    `rerun on these hosts: ${rerunText(set)}`,
  ];
  // Escaped text cannot be pasted.
  return hints.find((hint) => hint.length <= MAX_HINT && escapeText(hint, MAX_HINT) === hint);
}

function shellCommandLine(words: readonly string[]): string {
  return words.map(quoteShellWord).join(" ");
}
