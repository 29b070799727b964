/**
 * Defines why a command is stopped (time limit, cancel, agent shutdown), and waits for its end or
 * for such a reason. A shutdown is not a cancel: a detached command continues, and the agent's next
 * process resumes it.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import type { Clock } from "../../base/clock.ts";

/** The abort reason at a shutdown of the agent. Its next process may resume the command. */
export const AGENT_STOPPING: Error = new Error("the agent stops");

/** Why the agent stopped a command. */
export type StopReason = "timeout" | "cancelled";

/** The conditions that stop a running command. */
export interface StopConditions {
  /** The time left, in milliseconds. */
  readonly timeoutMs: number;
  /** The source of time. */
  readonly clock: Clock;
  /** Cancels the command. */
  readonly signal: AbortSignal | undefined;
}

/** Waits for the end of one command. */
export class StopWait {
  readonly #stop = Promise.withResolvers<StopReason>();

  /** Cancels the command, if it still runs. */
  cancel(): void {
    this.#stop.resolve("cancelled");
  }

  /** Waits until the command has `ended` (`undefined`) or must be stopped; returns the reason. */
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
