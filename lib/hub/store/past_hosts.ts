/**
 * Selects the hosts of a reference to a past job, in the store.
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

/** The selected hosts, or why there are none to select from. */
export type SelectedHosts =
  | { readonly kind: "hosts"; readonly job: string; readonly nodes: readonly string[] }
  | { readonly kind: "problem"; readonly problem: string };

/** How many bytes of each output are searched, from the start of the stored ones. */
const SEARCHED_BYTES = 1024 * 1024;

/** The part of a job store that is searched. */
export type PastJobs = Pick<JobStore, "recent" | "find" | "hosts" | "output">;

/** Finds the job in `jobs`, and the hosts that the reference selects. */
export function selectPastHosts(jobs: PastJobs, reference: JobReference): SelectedHosts {
  const ids = reference.job === "last"
    ? jobs.recent(1).map(({ id }) => id)
    : jobs.find(reference.job.idPrefix);
  const [job, another] = ids;
  if (job === undefined) return { kind: "problem", problem: absence(reference.job) };
  if (another !== undefined) {
    const problem = `more than one job matches: ${ids.join(", ")}`;
    return { kind: "problem", problem };
  }
  const matches = matcherIn(jobs, job, reference.selector);
  return { kind: "hosts", job, nodes: jobs.hosts(job).filter(matches).map(({ node }) => node) };
}

function absence(job: JobReference["job"]): string {
  return job === "last" ? "no jobs yet" : `no such job: ${job.idPrefix}`;
}

/** Returns a matcher that searches output once, even if many hosts share it. */
function matcherIn(
  jobs: PastJobs,
  job: string,
  selector: JobSelector,
): (host: JobHostRecord) => boolean {
  const known = new Map<string, boolean>();
  return (host) => {
    const hash = selector.kind === "output" ? host[selector.stream].hash : undefined;
    const before = hash === undefined ? undefined : known.get(hash);
    if (before !== undefined) return before;
    const isSelected = matchesSelector(selector, pastHost(jobs, job, host));
    if (hash !== undefined) known.set(hash, isSelected);
    return isSelected;
  };
}

function pastHost(jobs: PastJobs, job: string, host: JobHostRecord): PastHost {
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
