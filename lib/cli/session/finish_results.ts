/**
 * Ends the presentation of a job's results, with the exit status that they come to.
 * @module
 */
import type { HostOutcome } from "../../protocol/job/host_state.ts";
import type { FollowedJob } from "../../trigger/results/followed_job.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { Presenter } from "../present/presenter.ts";
import { exitCode } from "../program/exit_code.ts";
import type { RunSummary } from "../render/json_results.ts";

/** What a host counts as of which nothing more is known than that it has not ended. */
const NOT_ENDED: HostOutcome = { kind: "lost" };

/** A job that is over, or that nobody waits for any longer. */
export interface FinishedJob extends Required<Pick<RunSummary, "job" | "underWay">> {
  /** Whether the operator has ended it. */
  readonly interrupted: boolean;
  /** Why its rollout was stopped, if it was. */
  readonly stopped?: RunSummary["stopped"] | undefined;
  /** Shows the results. */
  readonly presenter: Presenter;
  /** The options of the output. */
  readonly output: Pick<OutputChoice, "maxrc" | "okIfLost">;
}

/** Shows the results that were kept back; resolves with the exit status. */
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
