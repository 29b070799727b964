/**
 * Ends following a job: leaves a job that the hub continues, or shows the remaining results and
 * computes the exit status.
 * @module
 */
import type { HostOutcome } from "../../protocol/job/host_state.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import type { FollowedJob, Progress } from "../../trigger/results/followed_job.ts";
import type { OutputChoice } from "../args/output_options.ts";
import { remainingLines } from "../present/live_progress.ts";
import type { Presenter } from "../present/presenter.ts";
import { exitCode } from "../process/exit_code.ts";
import { shortId } from "../render/hub_tables.ts";
import type { RunSummary } from "../render/json_results.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Stops waiting for `job`. The resulting states of its hosts are not results. */
export function leaveJob(job: SubmittedJob, followed: FollowedJob): void {
  followed.leave();
  job.giveUp();
}

/** Leaves the job when the operator presses Ctrl-\ (SIGQUIT), until disposed of. */
export function leaveOnQuit(job: SubmittedJob, followed: FollowedJob): Disposable {
  const listener = () => leaveJob(job, followed);
  Deno.addSignalListener("SIGQUIT", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGQUIT", listener) };
}

/** Prints the hosts that have not ended, and the command that shows them again. */
export function printUnfinished(id: string, progress: Progress, terminal: Terminal): void {
  remainingLines(progress).forEach((line) => terminal.note(line));
  terminal.note(`job continues at the hub; show it again: nanotrigger job ${shortId(id)} --follow`);
}

/** The outcome of a host that has not ended. */
const NOT_ENDED: HostOutcome = { kind: "lost" };

/** A job that has ended, or that this program no longer waits for. */
export interface FinishedJob extends Required<Pick<RunSummary, "job" | "underWay">> {
  /** Whether the operator has stopped it. */
  readonly interrupted: boolean;
  /** The reason why its rollout stopped, if it did. */
  readonly stopped?: RunSummary["stopped"] | undefined;
  /** The presenter of the results. */
  readonly presenter: Presenter;
  /** The options of the output. */
  readonly output: Pick<OutputChoice, "maxrc" | "okIfLost">;
}

/** Shows the remaining results; resolves with the exit status. */
export async function finishResults(
  { results }: FollowedJob,
  { job, underWay, interrupted, stopped, presenter, output }: FinishedJob,
): Promise<number> {
  const outcomes = [
    ...results.values().map(({ outcome }) => outcome),
    ...underWay.map(() => NOT_ENDED),
  ];
  const { maxrc, okIfLost } = output;
  const how = { interrupted, maxrc, okIfLost, stopped: stopped !== undefined };
  const exitStatus = exitCode(outcomes, how);
  await presenter.finish({
    job,
    exitStatus,
    ...(stopped && { stopped }),
    ...(underWay.length > 0 && { underWay }),
  });
  return exitStatus;
}
