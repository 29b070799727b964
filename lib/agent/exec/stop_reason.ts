/**
 * Why a command is stopped (time limit, cancel, agent shutdown), and the wait for its end or for
 * such a reason. A shutdown is not a cancel: a detached command goes on, and the agent's next
 * process resumes it.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import type { Clock } from "../../base/clock.ts";

/** The reason of an `AbortSignal`: the agent stops, and its next process may go on. */
export const AGENT_STOPPING: Error = new Error("the agent stops");

/** Why the agent ended a command. */
export type StopReason = "timeout" | "cancelled";

/** What a command that runs is ended for. */
export interface StopConditions {
  /** How long it may still run, in milliseconds. */
  readonly timeoutMs: number;
  /** The source of time. */
  readonly clock: Clock;
  /** Calls it off. */
  readonly signal: AbortSignal | undefined;
}

/** The wait for the end of one command. */
export class StopWait {
  readonly #stop = Promise.withResolvers<StopReason>();

  /** The command is to be ended, if it still runs. */
  cancel(): void {
    this.#stop.resolve("cancelled");
  }

  /** Waits for the command to have `ended` (`undefined`), or for a reason to end it. */
  async wait(
    ended: Promise<unknown>,
    { timeoutMs, clock, signal }: StopConditions,
  ): Promise<StopReason | undefined> {
    using _cancel = onAbort(signal, () => this.cancel());
    using limit = deadline(timeoutMs, { clock });
    using _timeout = onAbort(limit.signal, () => this.#stop.resolve("timeout"));
    return await Promise.race([ended.then(() => undefined), this.#stop.promise]);
  }
}
