/**
 * Ends the presentation of a job's results, and computes the exit status.
 * @module
 */
import type { HostOutcome } from "../../protocol/job/host_state.ts";
import type { FollowedJob } from "../../trigger/results/followed_job.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { Presenter } from "../present/presenter.ts";
import { exitCode } from "../program/exit_code.ts";
import type { RunSummary } from "../render/json_results.ts";

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
