/**
 * The jobs that a hub knows, for operators. Imports its siblings.
 * @module
 */
import type { JobRecord } from "../store/job_record.ts";
import type { JobTable } from "../store/job_table.ts";
import type { JobAnswer } from "./answers.ts";
import type { JobsAsk } from "./asks.ts";
import type { Speaker } from "./speaker.ts";

/** Says the jobs that are asked for, the newest first, then that it has. */
export function tellJobs(ask: JobsAsk, jobs: JobTable, speaker: Speaker): void {
  for (const job of asked(ask, jobs)) speaker.say(answerOf(job, jobs));
  speaker.say({ kind: "done" });
}

function asked({ limit, prefix, node }: JobsAsk, jobs: JobTable): JobRecord[] {
  if (prefix !== undefined) return jobs.find(prefix).flatMap((id) => jobs.get(id) ?? []);
  if (node !== undefined) return jobs.jobsOf(node, limit).map(({ job }) => job);
  return jobs.recent(limit);
}

function answerOf(job: JobRecord, jobs: JobTable): JobAnswer {
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
    counts: jobs.counts(id),
  };
}
