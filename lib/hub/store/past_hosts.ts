/**
 * Finds the hosts that a reference to a past job selects, in the store.
 * @module
 */
import { outcomeClass } from "../../protocol/job/host_state.ts";
import {
  type JobReference,
  type JobSelector,
  matchesSelector,
  type PastHost,
} from "../../protocol/operator/job_reference.ts";
import type { JobHostRecord, StdStream } from "./job_record.ts";
import type { JobStore } from "./job_table.ts";

/** The hosts, or why there are none to choose from. */
export type SelectedHosts =
  | { readonly kind: "hosts"; readonly job: string; readonly nodes: readonly string[] }
  | { readonly kind: "problem"; readonly problem: string };

/** How much of each output is searched: the beginning of what is kept. */
const SEARCHED_BYTES = 1024 * 1024;

/** Finds the job in `jobs`, and those of its hosts that are meant. */
export function selectPastHosts(jobs: JobStore, reference: JobReference): SelectedHosts {
  const ids = reference.job === "last"
    ? jobs.recent(1).map(({ id }) => id)
    : jobs.find(reference.job.idPrefix);
  const [job, another] = ids;
  if (job === undefined) return { kind: "problem", problem: absence(reference.job) };
  if (another !== undefined) {
    const problem = `more than one job has an id that begins so: ${ids.join(", ")}`;
    return { kind: "problem", problem };
  }
  const matches = matcherIn(jobs, job, reference.selector);
  return { kind: "hosts", job, nodes: jobs.hosts(job).filter(matches).map(({ node }) => node) };
}

function absence(job: JobReference["job"]): string {
  return job === "last"
    ? "there is no job yet"
    : `no job has an id that begins with ${job.idPrefix}`;
}

/** Output that many hosts share is searched once. */
function matcherIn(
  jobs: JobStore,
  job: string,
  selector: JobSelector,
): (host: JobHostRecord) => boolean {
  const known = new Map<string, boolean>();
  return (host) => {
    const hash = selector.kind === "output" ? host[selector.stream].hash : undefined;
    const before = hash === undefined ? undefined : known.get(hash);
    if (before !== undefined) return before;
    const isMeant = matchesSelector(selector, pastHost(jobs, job, host));
    if (hash !== undefined) known.set(hash, isMeant);
    return isMeant;
  };
}

function pastHost(jobs: JobStore, job: string, host: JobHostRecord): PastHost {
  const { outcome } = host;
  return {
    state: outcome ? outcomeClass(outcome) : "pending",
    ...(outcome?.kind === "exited" && { code: outcome.code }),
    output: (stream: StdStream) => beginningOf(jobs.output(job, host.node, stream)),
  };
}

function beginningOf(pieces: Iterable<Uint8Array>): string {
  const decoder = new TextDecoder();
  let text = "";
  let left = SEARCHED_BYTES;
  for (const piece of pieces) {
    text += decoder.decode(piece.subarray(0, left), { stream: true });
    left -= piece.length;
    if (left <= 0) break;
  }
  return text;
}
