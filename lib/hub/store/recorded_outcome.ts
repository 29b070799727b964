/**
 * The class of a host in a job, such as `ok` or `failed`, from its record in the store.
 * @module
 */
import { type Outcome, type ResultClass, resultClass } from "../../envelope/statements/result.ts";
import type { JobHostRecord } from "./job_record.ts";

/** `pending` as long as it has not ended; `skipped` if its turn never came. */
export type HostClass = ResultClass | "skipped" | "pending";

/** What is written down of a host whose output is not what its agent has signed. */
export const UNVERIFIED = { kind: "unverified" } as const;

/** What of a record decides that. */
export type RecordedEnd = Pick<JobHostRecord, "kind" | "outcome">;

/** The class of a host; what is not known for certain to have run is `lost`. */
export function hostClass(host: RecordedEnd): HostClass {
  switch (host.kind) {
    case "pending":
    case "delivered":
    case "started":
      return "pending";
    case "ended": {
      const outcome = signedOutcome(host);
      return outcome ? resultClass(outcome) : "lost";
    }
    case "lost":
    case "expired":
      return "lost";
    case "skipped":
      return host.kind;
    default:
      return host.kind satisfies never;
  }
}

/** What its agent has signed, if that can be believed; what is written down was checked when it came. */
export function signedOutcome(host: RecordedEnd): Outcome | undefined {
  const written = recordedOutcome(host);
  return written?.kind === UNVERIFIED.kind ? undefined : written;
}

/** Whether its output is not what its agent has signed. */
export function isUnverified(host: RecordedEnd): boolean {
  return recordedOutcome(host)?.kind === UNVERIFIED.kind;
}

function recordedOutcome({ kind, outcome }: RecordedEnd): Outcome | typeof UNVERIFIED | undefined {
  return kind === "ended" && outcome !== undefined ? JSON.parse(outcome) : undefined;
}
