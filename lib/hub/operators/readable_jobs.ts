/**
 * The jobs that an operator may read. An operator without the right `read` sees own jobs only: for
 * such an operator the others do not exist, neither as `last` nor by the start of an id.
 * @module
 */
import type { JobStore } from "../store/job_table.ts";

/** The part of a job store that replies are read from. */
export type ReadableJobs = Pick<
  JobStore,
  "get" | "find" | "recent" | "tally" | "hosts" | "host" | "jobsOf" | "output"
>;

/** Whether the operator with this fingerprint signed or submitted the job. */
export function isJobOf(fingerprint: string, { by }: { readonly by: string }): boolean {
  return by.split(" ").includes(fingerprint); // check: job-owner
}

/** Returns the jobs of the operator with this fingerprint. */
export function ownJobs(jobs: JobStore, fingerprint: string): ReadableJobs {
  const get = (id: string) => {
    const job = jobs.get(id);
    return job && isJobOf(fingerprint, job) ? job : undefined;
  };
  return {
    get,
    find: (prefix) => jobs.find(prefix, fingerprint),
    recent: (limit) => jobs.recent(limit, fingerprint),
    jobsOf: (node, limit) => jobs.jobsOf(node, limit, fingerprint),
    tally: (id) => get(id) ? jobs.tally(id) : [],
    hosts: (id) => get(id) ? jobs.hosts(id) : [],
    host: (id, node) => get(id) && jobs.host(id, node),
    output: (id, node, stream) => get(id) ? jobs.output(id, node, stream) : [],
  };
}
