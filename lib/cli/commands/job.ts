/**
 * `nanotrigger job`: shows the results of a stored job in the form that `run` would have shown.
 * @module
 */
import { onAbort } from "../../base/async.ts";
import { MAX_OUTPUT_BYTES } from "../../envelope/statements/request.ts";
import { findJob, pastHosts } from "../../trigger/queue/hub_queries.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { FollowedJob } from "../../trigger/results/followed_job.ts";
import { showProgress } from "../present/live_progress.ts";
import { openOutputFolders } from "../present/output_files.ts";
import { choosePresenter } from "../present/result_presenters.ts";
import { shortId } from "../render/hub_tables.ts";
import { summaryLines } from "../render/run_summary.ts";
import { detach, printUnfinished } from "../session/detach.ts";
import { finishResults } from "../session/finish_results.ts";
import { OperatorSession } from "../session/operator_session.ts";
import { type HubContext, withHub } from "../session/with_queue.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { JobOptions } from "./job_options.ts";

/** Shows the job; resolves with the exit status. */
export async function showJob(options: JobOptions, terminal: Terminal): Promise<number> {
  const { output, follow } = options;
  await using session = new OperatorSession(options, terminal);
  return await withHub(session, async (context) => {
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
  const leave = () => detach(job, followed);
  using _closed = onAbort(terminal.outputClosed, leave);
  using _stopped = onAbort(signal, leave);
  await job.over;
}
