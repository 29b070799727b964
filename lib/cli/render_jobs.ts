/**
 * Jobs in words. Pure; imports `trigger`.
 * @module
 */
import type { JobInfo } from "../trigger/queue/hub_queries.ts";
import { ageText } from "./age.ts";
import { escapeText } from "./escape.ts";
import { tableLines } from "./render_table.ts";

/** So many digits of an id are enough to tell jobs apart. */
const SHORT_ID = 8;
/** So much of a key's fingerprint is enough to tell operators apart, in characters. */
const SHORT_KEY = 8;
const MAX_COMMAND = 200;

/** In the order in which they are told. */
const STATES: readonly (readonly [state: string, word: string])[] = [
  ["ok", "ok"],
  ["failed", "failed"],
  ["refused", "refused"],
  ["lost", "lost"],
  ["skipped", "skipped"],
  ["started", "running"],
  ["unconfirmed", "unconfirmed"],
  ["delivered", "waiting"],
  ["pending", "pending"],
];

/** The beginning of a job's id, by which it can be named. */
export function shortId(id: string): string {
  return id.slice(0, SHORT_ID);
}

/** A line for each job below a heading; nothing for no jobs. `now` is in Unix milliseconds. */
export function jobLines(jobs: readonly JobInfo[], now: number): readonly string[] {
  if (jobs.length === 0) return [];
  const rows = jobs.map((job) => [
    shortId(job.id),
    ageText(now - job.submitted),
    operatorText(job.by),
    countsText(job.counts),
    escapeText(job.summary, MAX_COMMAND),
  ]);
  return tableLines([["ID", "AGE", "BY", "HOSTS", "COMMAND"], ...rows]);
}

/** `10 ok, 2 failed, 1 running`. */
export function countsText(counts: JobInfo["counts"]): string {
  const told = STATES.flatMap(([state, word]) => {
    const count = counts[state] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return told.length > 0 ? told.join(", ") : "no hosts";
}

/** The beginning of the fingerprint of each key that has signed. */
function operatorText(by: string): string {
  const keys = by.split(" ").map((key) => key.replace(/^SHA256:/, "").slice(0, SHORT_KEY));
  return escapeText(keys.join("+"), MAX_COMMAND);
}
