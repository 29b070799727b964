/**
 * The jobs that a hub knows, for operators. Imports its siblings.
 * @module
 */
import { hostClass } from "../host_class.ts";
import type { JobRecord } from "../store/job_record.ts";
import type { HostTally, JobTable } from "../store/job_table.ts";
import type { JobAnswer } from "./job_answer.ts";
import type { JobsAsk } from "./inquiries.ts";
import type { Speaker } from "./speaker.ts";

/** Says the jobs that are asked for, the newest first, then that it has. */
export function tellJobs(ask: JobsAsk, jobs: JobTable, speaker: Speaker): void {
  for (const job of asked(ask, jobs)) speaker.say(jobAnswer(job, jobs));
  speaker.say({ kind: "done" });
}

function asked({ limit, prefix, node }: JobsAsk, jobs: JobTable): JobRecord[] {
  if (prefix !== undefined) return jobs.find(prefix).flatMap((id) => jobs.get(id) ?? []);
  if (node !== undefined) return jobs.jobsOf(node, limit).map(({ job }) => job);
  return jobs.recent(limit);
}

/** What is said of `job`. */
export function jobAnswer(job: JobRecord, jobs: JobTable): JobAnswer {
  const { id, by, target, summary, submitted, deliverUntil, overAt } = job;
  return {
    kind: "job",
    id,
    by,
    target,
    summary,
    submitted,
    deliverUntil,
    ...(overAt !== undefined && { overAt }),
    counts: countsOf(jobs.tally(id)),
  };
}

function countsOf(tally: readonly HostTally[]): JobAnswer["counts"] {
  const counts: Record<string, number> = {};
  for (const alike of tally) {
    const ended = hostClass(alike);
    const state = ended === "pending" ? alike.kind : ended;
    counts[state] = (counts[state] ?? 0) + alike.hosts;
  }
  return counts;
}
