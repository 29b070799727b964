/**
 * Past jobs in targets, `@job:last:failed` or `@job:3fa9:rc=3`: the part after `@job:`. Pure; imports
 * its siblings.
 * @module
 */

import { type JobSelector, parseSelector } from "./job_selector.ts";

/** The source of groups that knows past jobs. */
export const JOB_SOURCE = "job";

/** Some hosts of one past job. */
export interface JobReference {
  /** Tells it from a problem. */
  readonly kind: "job";
  /** Which job: the newest, or the one whose id begins with these 4 to 32 hex digits. */
  readonly job: "last" | { readonly idPrefix: string };
  /** Which of its hosts. */
  readonly selector: JobSelector;
}

/** Why a text refers to no job. */
export interface ReferenceProblem {
  /** Tells it from a reference. */
  readonly kind: "problem";
  /** A phrase for a person. */
  readonly problem: string;
}

const ID_PREFIX = /^[0-9a-f]{4,32}$/;

/** Reads `last:failed` or `ID:SELECTOR`; without a selector all hosts of the job are meant. */
export function parseJobReference(text: string): JobReference | ReferenceProblem {
  const colon = text.indexOf(":");
  const id = colon < 0 ? text : text.slice(0, colon);
  const parsed = parseSelector(colon < 0 ? "all" : text.slice(colon + 1));
  if (id !== "last" && !ID_PREFIX.test(id)) {
    const shown = JSON.stringify(id);
    const problem = `${shown} is neither "last" nor the first 4 to 32 hex digits of a job's id`;
    return { kind: "problem", problem };
  }
  if (parsed.kind === "problem") return parsed;
  return { kind: "job", job: id === "last" ? id : { idPrefix: id }, selector: parsed.selector };
}
