/**
 * Explains what happened to one host in one job, in words and as JSON.
 * @module
 */
import {
  type HostOutcome,
  outcomeOf,
  UNVERIFIED,
  type VerifiedFinalState,
} from "../../protocol/job/host_state.ts";
import type {
  HostExplanation,
  HostInfo,
  JobHostInfo,
  JobInfo,
} from "../../trigger/queue/hub_queries.ts";
import { ageText, formatSize, timeLeftText } from "./units.ts";
import { escapeText } from "../terminal/escape.ts";
import { shortId, stateCountsText } from "./hub_tables.ts";
import { outcomeText } from "./run_summary.ts";

const MAX_TEXT = 300;

/** Returns one line per known fact. `now` is in Unix milliseconds. */
export function explanationLines(
  node: string,
  { host, job, trace }: HostExplanation,
  now: number,
): readonly string[] {
  if (!job) return [presenceLine(node, host, now), "job: none for this host"];
  return [
    presenceLine(node, host, now),
    jobLine(job, now),
    targetLine(node, job, trace),
    ...(trace ? traceLines(job, trace, now) : []),
  ];
}

/** Returns the explanation as JSON; times in Unix milliseconds. */
export function explanationJson(
  node: string,
  { host, job, trace }: HostExplanation,
): Record<string, unknown> {
  return {
    host: node,
    known: host !== undefined,
    ...(host && { attached: host.attached, sinceMs: host.since }),
    ...(job && { job: job.id, target: job.target, meant: trace !== undefined }),
    ...(trace && traceJson(trace)),
  };
}

function presenceLine(node: string, host: HostInfo | undefined, now: number): string {
  if (!host) return `${node}: unknown to the hub`;
  const { attached, since, version } = host;
  const state = attached ? "attached" : "detached";
  return `${node}: ${state} for ${ageText(now - since)}, since ${timeText(since)}, ` +
    `agent ${escapeText(version, MAX_TEXT)}`;
}

function jobLine({ id, submitted, summary, counts }: JobInfo, now: number): string {
  const command = escapeText(summary, MAX_TEXT);
  return `job: ${shortId(id)}, ${ageText(now - submitted)} ago, ${command} (${
    stateCountsText(counts)
  })`;
}

function targetLine(node: string, { target }: JobInfo, trace: JobHostInfo | undefined): string {
  const written = escapeText(target, MAX_TEXT);
  return trace
    ? `target: ${written} matches`
    : `target: ${written} did not match, or ${node} was unknown at submission`;
}

function traceLines(job: JobInfo, trace: JobHostInfo, now: number): readonly string[] {
  return [
    ...deliveryLine(job, trace, now),
    ...(trace.startedAt === undefined ? [] : [`started: ${timeText(trace.startedAt)}`]),
    ...ruleLine(trace.end),
    ...endLines(trace),
    outputLine(job, trace),
  ];
}

/**
 * Describes the delivery. An agent that has signed a result need not have confirmed the delivery
 * before.
 */
function deliveryLine(
  { deliverUntil }: JobInfo,
  trace: JobHostInfo,
  now: number,
): readonly string[] {
  const { deliveredAt, state } = trace;
  if (deliveredAt !== undefined) return [`delivered: ${timeText(deliveredAt)}`];
  if (state === "ended") return [];
  if (state === "lost") return ["delivered: not confirmed by the agent"];
  if (state !== "pending") return ["delivered: never"];
  const left = deliverUntil - now;
  return [`delivered: not yet${left > 0 ? `, queued for another ${timeLeftText(left)}` : ""}`];
}

function ruleLine(end: VerifiedFinalState | undefined): readonly string[] {
  if (end?.kind !== "ended") return [];
  const { rule, outcome } = end.result.body;
  if (outcome.kind === "refused") {
    return [`refused by: ${outcome.code}: ${escapeText(outcome.reason, MAX_TEXT)}`];
  }
  return rule === undefined ? [] : [`allowed by: ${escapeText(rule, MAX_TEXT)}`];
}

function endLines(trace: JobHostInfo): readonly string[] {
  const { end, endedAt, startedAt, state } = trace;
  if (!end || endedAt === undefined) return [`ended: not yet (${state})`];
  const lines = [`ended: ${timeText(endedAt)}, ${outcomeText(shownOutcome(end, trace))}`];
  if (end.kind !== "ended" || startedAt === undefined) return lines;
  const { startMs, endMs } = end.result.body;
  return [...lines, `ran: ${((endMs - startMs) / 1_000).toFixed(1)} s by the clock of the host`];
}

/** Returns the outcome that the summary of the run shows. */
function shownOutcome(
  end: VerifiedFinalState,
  { unverified }: Pick<JobHostInfo, "unverified">,
): HostOutcome {
  return end.kind === "ended" && unverified ? UNVERIFIED : outcomeOf(end);
}

function outputLine({ id }: JobInfo, { stdout, stderr }: JobHostInfo): string {
  const [total, stored] = [stdout.total + stderr.total, stdout.stored + stderr.stored];
  if (total === 0) return "output: none";
  const amounts = `stdout ${formatSize(stdout.total)}, stderr ${formatSize(stderr.total)}`;
  const kept = stored < total ? `, ${formatSize(stored)} stored` : "";
  return `output: ${amounts}${kept}; show it: nanotrigger job ${shortId(id)}`;
}

function traceJson(
  { end, node: _node, pendingAt, deliveredAt, startedAt, endedAt, ...rest }: JobHostInfo,
) {
  const body = end?.kind === "ended" ? end.result.body : undefined;
  return {
    ...rest,
    pendingMs: pendingAt,
    ...(deliveredAt !== undefined && { deliveredMs: deliveredAt }),
    ...(startedAt !== undefined && { startedMs: startedAt }),
    ...(endedAt !== undefined && { endedMs: endedAt }),
    ...(end && { outcome: shownOutcome(end, rest) }),
    ...(body && { durationMs: body.endMs - body.startMs }),
    ...(body?.rule !== undefined && { rule: body.rule }),
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
