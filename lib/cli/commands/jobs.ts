/**
 * `nanotrigger jobs`: lists the jobs that a hub has stored.
 * @module
 */
import { listJobs } from "../../trigger/queue/hub_queries.ts";
import { EXIT_OK } from "../program/exit_code.ts";
import type { JobsOptions } from "./jobs_options.ts";
import { jobLines } from "../render/hub_tables.ts";
import { safeJson } from "../terminal/escape.ts";
import { OperatorSession } from "../session/operator_session.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { withHub } from "../session/with_queue.ts";

/** Prints the jobs; resolves with the exit status. */
export async function printJobs(options: JobsOptions, terminal: Terminal): Promise<number> {
  const { limit, node, json } = options;
  await using session = new OperatorSession(options, terminal);
  return await withHub(session, async ({ queue, signal }) => {
    const jobs = await listJobs(queue, { limit, ...(node !== undefined && { node }) }, signal);
    if (json) await terminal.print(safeJson({ jobs: jobs.map(jobJson) }, 2));
    else for (const line of jobLines(jobs, Date.now())) await terminal.print(line);
    return EXIT_OK;
  });
}

/** Returns a job as JSON. The keys are the same as in all other JSON output. */
function jobJson(
  { submitted, deliverUntil, overAt, ...job }: Awaited<ReturnType<typeof listJobs>>[0],
) {
  return {
    ...job,
    submittedMs: submitted,
    deliverUntilMs: deliverUntil,
    ...(overAt !== undefined && { overMs: overAt }),
  };
}
