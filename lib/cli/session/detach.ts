/**
 * Detaches from a job that a hub continues, for example after Ctrl-\, and names the hosts that have
 * not ended.
 * @module
 */
import { type HostOutcome, isFinal } from "../../protocol/job/host_state.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import type { Progress } from "../../trigger/results/progress.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { shortId } from "../render/hub_tables.ts";
import { remainingLines } from "../present/live_progress.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What a host counts as of which nothing more is known than that it has not ended. */
export const NOT_ENDED: HostOutcome = { kind: "lost" };

/** Whether somebody has left, and with which hosts behind. */
export class Detachment {
  #left = false;

  /** Whether somebody has. */
  get isDetached(): boolean {
    return this.#left;
  }

  /** Waits no longer for `job`. What is said of its hosts from now on is no news of them. */
  detach(job: SubmittedJob): void {
    this.#left = true;
    job.giveUp();
  }

  /** Leaves when the person at the terminal presses Ctrl-\ (SIGQUIT), until it is disposed of. */
  onQuit(job: SubmittedJob): Disposable {
    const listener = () => this.detach(job);
    Deno.addSignalListener("SIGQUIT", listener);
    return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGQUIT", listener) };
  }

  /** Tells `sink` what comes before that. */
  observe(sink: JobSink): JobSink {
    return {
      output: (node, output) => this.#left ? undefined : sink.output(node, output),
      state: (node, state) => this.#left && isFinal(state) ? undefined : sink.state(node, state),
    };
  }
}

/** Says who has not ended, and how to see what becomes of them. */
export function printUnfinished(id: string, progress: Progress, terminal: Terminal): void {
  remainingLines(progress).forEach((line) => terminal.note(line));
  terminal.note(`it goes on: nanotrigger job ${shortId(id)} --follow shows it again`);
}
