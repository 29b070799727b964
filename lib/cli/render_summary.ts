/**
 * What is said when all is over: which hosts did not do what they should, and why. Pure; imports
 * `lib/nodeset` and `lib/trigger`.
 * @module
 */

import { foldNodes } from "../nodeset/sets/node_set.ts";
import {
  type HostOutcome,
  type OutcomeClass,
  outcomeClass,
  outcomeKey,
} from "../trigger/results/host_result.ts";
import { escapeText } from "./escape.ts";

/** How one host ended. */
export interface EndedNode {
  /** Its name. */
  readonly node: string;
  /** How it ended. */
  readonly outcome: HostOutcome;
}

/** How many hosts ended in which way, and how many there were. */
export type OutcomeCounts = Readonly<Record<OutcomeClass | "total", number>>;

/** In the order in which they are told: the surest first. */
const CLASSES: readonly OutcomeClass[] = ["ok", "failed", "refused", "lost", "skipped"];

/** A host's own words are cut after so many characters. */
const MAX_REASON = 300;

/**
 * One line per kind of trouble, as with clush: `web[3-4]: exited with exit code 1`. Nothing at all
 * if every host did well.
 */
export function summaryLines(ends: Iterable<EndedNode>): readonly string[] {
  return outcomeLines([...ends].filter(({ outcome }) => outcomeClass(outcome) !== "ok"));
}

/** One line per different outcome, the good ones too: what `--dry-run` prints. */
export function outcomeLines(ends: Iterable<EndedNode>): readonly string[] {
  const groups = new Map<string, { outcome: HostOutcome; nodes: string[] }>();
  for (const { node, outcome } of ends) {
    const key = outcomeKey(outcome);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { outcome, nodes: [node] });
    else group.nodes.push(node);
  }
  return [...groups.values()]
    .sort((a, b) => rank(a.outcome) - rank(b.outcome))
    .map(({ outcome, nodes }) => `${foldNodes(nodes)}: ${outcomeText(outcome)}`);
}

/** Counts how hosts ended. */
export function countOutcomes(outcomes: Iterable<HostOutcome>): OutcomeCounts {
  const counts = { total: 0, ok: 0, failed: 0, refused: 0, lost: 0, skipped: 0 };
  for (const outcome of outcomes) {
    counts.total++;
    counts[outcomeClass(outcome)]++;
  }
  return counts;
}

/** How a command ended, in words: the part of the line after the host's name. */
export function outcomeText(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited with exit code ${outcome.code}`;
    case "signalled":
      return `killed by ${words(outcome.signal)}`;
    case "timeout":
      return "ran too long and was killed";
    case "cancelled":
      return "cancelled";
    case "undone":
      return undoneText(outcome);
    case "refused":
      return `refused: ${words(outcome.reason)}`;
    case "allowed":
      return `would run ${words(outcome.summary)} (${words(outcome.rule)})`;
    case "lost":
      return `lost: ${
        words(outcome.reason ?? "delivered, but the agent has not said how it ended")
      }`;
    case "expired":
      return outcome.reason === undefined
        ? "expired: never delivered, and so not run"
        : `not run: ${words(outcome.reason)}`;
    case "unverified":
      return "unverified: what came is not what the host has signed";
    case "skipped":
      return "not begun";
    default:
      return outcome satisfies never;
  }
}

function undoneText({ reason, code, said }: Extract<HostOutcome, { kind: "undone" }>): string {
  const end = code === 0
    ? "undone"
    : code === undefined
    ? "NOT UNDONE, the undo command did not run to its end"
    : `NOT UNDONE, the undo command exited with exit code ${code}`;
  const more = code === 0 || said === "" ? "" : `, saying "${words(said)}"`;
  return `${end}: ${words(reason)}${more}`;
}

function words(fromHost: string): string {
  return escapeText(fromHost, MAX_REASON);
}

function rank(outcome: HostOutcome): number {
  return CLASSES.indexOf(outcomeClass(outcome));
}
