/**
 * `nanotrigger jobs`, `job` and `why`: lists the jobs that a hub has stored, shows the results of
 * one in the form that `run` would have shown, and explains the outcome of one host.
 * @module
 */
import { onAbort } from "../../base/async.ts";
import { MAX_OUTPUT_BYTES } from "../../envelope/statements/request.ts";
import { explain, findJob, listJobs, pastHosts } from "../../trigger/queue/hub_queries.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { FollowedJob } from "../../trigger/results/followed_job.ts";
import { showProgress } from "../present/live_progress.ts";
import { openOutputFolders } from "../present/output_files.ts";
import { choosePresenter } from "../present/result_presenters.ts";
import { EXIT_OK } from "../process/exit_code.ts";
import { explanationJson, explanationLines } from "../render/host_explanation.ts";
import { jobLines, shortId } from "../render/hub_tables.ts";
import { summaryLines } from "../render/run_summary.ts";
import { CommandResources } from "../session/command_resources.ts";
import { finishResults, leaveJob, printUnfinished } from "../session/end_following.ts";
import { type HubContext, withHub } from "../session/with_queue.ts";
import { safeJson } from "../terminal/escape.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { JobOptions } from "./job_options.ts";
import type { JobsOptions } from "./jobs_options.ts";
import type { WhyOptions } from "./why_options.ts";

/** Prints the jobs; resolves with the exit status. */
export async function printJobs(options: JobsOptions, terminal: Terminal): Promise<number> {
  const { limit, node, json } = options;
  await using resources = new CommandResources(options, terminal);
  return await withHub(resources, async ({ queue, signal }) => {
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

/** Shows the job; resolves with the exit status. */
export async function showJob(options: JobOptions, terminal: Terminal): Promise<number> {
  const { output, follow } = options;
  await using resources = new CommandResources(options, terminal);
  return await withHub(resources, async (context) => {
    const { queue, signal } = context;
    const { id } = await findJob(queue, options.job, signal);
    const nodes = await pastHosts(queue, `${id}:all`, signal);
    await using folders = await openOutputFolders(output, nodes);
    const presenter = folders.wrapPresenter(choosePresenter(output, terminal, MAX_OUTPUT_BYTES));
    const followed = new FollowedJob(nodes, { listeners: [presenter], outputCheck: "beginning" });
    const job = await queue.follow(id, followed, { wait: follow });
    await waitForEnd(job, followed, { ...context, isLive: follow && output.progress });
    const { unfinished: underWay, outcomes, progress } = followed;
    const end = { job: id, underWay, interrupted: signal.aborted, presenter, output };
    const exitStatus = await finishResults(followed, end);
    if (output.quiet) return exitStatus;
    summaryLines(outcomes).forEach((line) => terminal.note(line));
    if (underWay.length > 0) printUnfinished(id, progress, terminal);
    return exitStatus;
  });
}

/** Waits until everything to show has arrived. Leaving does not stop the job. */
async function waitForEnd(
  job: SubmittedJob,
  followed: FollowedJob,
  { terminal, signal, isLive }: HubContext & { readonly isLive: boolean },
): Promise<void> {
  using _live = isLive
    ? showProgress(followed.progress, terminal, { readsKeys: true, job: shortId(job.id) })
    : undefined;
  const leave = () => leaveJob(job, followed);
  using _closed = onAbort(terminal.outputClosed, leave);
  using _stopped = onAbort(signal, leave);
  await job.over;
}

/** Explains the outcome; resolves with the exit status. */
export async function explainHost(options: WhyOptions, terminal: Terminal): Promise<number> {
  const { node, job, json } = options;
  await using resources = new CommandResources(options, terminal);
  return await withHub(resources, async ({ queue, signal }) => {
    const id = job === undefined ? undefined : (await findJob(queue, job, signal)).id;
    const asked = { node, pins: queue.pins, ...(id !== undefined && { id }) };
    const explanation = await explain(queue, asked, signal);
    if (json) await terminal.print(safeJson(explanationJson(node, explanation), 2));
    else {
      for (const line of explanationLines(node, explanation, Date.now())) {
        await terminal.print(line);
      }
    }
    return EXIT_OK;
  });
}
