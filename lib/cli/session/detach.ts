/**
 * Detaches from a job that a hub continues, for example after Ctrl-\, and names the hosts that have
 * not ended.
 * @module
 */
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import type { FollowedJob, Progress } from "../../trigger/results/followed_job.ts";
import { remainingLines } from "../present/live_progress.ts";
import { shortId } from "../render/hub_tables.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Stops waiting for `job`. The resulting states of its hosts are not results. */
export function detach(job: SubmittedJob, followed: FollowedJob): void {
  followed.leave();
  job.giveUp();
}

/** Detaches when the operator presses Ctrl-\ (SIGQUIT), until disposed of. */
export function detachOnQuit(job: SubmittedJob, followed: FollowedJob): Disposable {
  const listener = () => detach(job, followed);
  Deno.addSignalListener("SIGQUIT", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGQUIT", listener) };
}

/** Prints the hosts that have not ended, and the command that shows them again. */
export function printUnfinished(id: string, progress: Progress, terminal: Terminal): void {
  remainingLines(progress).forEach((line) => terminal.note(line));
  terminal.note(`job continues at the hub; show it again: nanotrigger job ${shortId(id)} --follow`);
}
