/**
 * Waiting for the end of a command, or for a reason to end it. Imports `base`.
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** Why the agent ended a command. */
export type Stop = "timeout" | "cancelled";

/** What a command that runs is ended for. */
export interface StopReasons {
  /** How long it may still run, in milliseconds. */
  readonly timeoutMs: number;
  /** Where time comes from. */
  readonly clock: Clock;
  /** Calls it off. */
  readonly signal: AbortSignal | undefined;
}

/** The wait for the end of one command. */
export class StopWait {
  readonly #stop = Promise.withResolvers<Stop>();

  /** The command is to be ended, if it still runs. */
  cancel(): void {
    this.#stop.resolve("cancelled");
  }

  /** Waits for the command to have `ended` (`undefined`), or for a reason to end it. */
  async of(
    ended: Promise<unknown>,
    { timeoutMs, clock, signal }: StopReasons,
  ): Promise<Stop | undefined> {
    const over = new AbortController();
    const cancel = () => this.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    clock.sleep(timeoutMs, over.signal).then(() => this.#stop.resolve("timeout"), () => {});
    try {
      return await Promise.race([ended.then(() => undefined), this.#stop.promise]);
    } finally {
      over.abort();
      signal?.removeEventListener("abort", cancel);
    }
  }
}
