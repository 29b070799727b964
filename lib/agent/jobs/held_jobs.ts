/**
 * Held jobs: admitted, journaled, and waiting for a signed release. They take no slot. Their number
 * is bounded, and each waits no longer than its request may start.
 * @module
 */
import { deadline, raceAbort } from "../../base/async.ts";
import type { Clock } from "../../base/clock.ts";
import type { Outcome } from "../../envelope/statements/result.ts";
import type { AdmittedJob } from "../admission/admission.ts";
import { AGENT_STOPPING } from "../exec/stopping.ts";
import { refusedOutcome } from "./result_signer.ts";

/** How many jobs may be held. More are refused as "busy". */
const MAX_HELD = 100;

const NOT_RELEASED = refusedOutcome("not-released", "no signer released the request in time");

/** No later process can start it: its release counts for this process only. */
const STOPPED_HELD = refusedOutcome(
  "not-released",
  "the agent stopped before a signer released the request",
);

/** The jobs that wait for a release. */
export class HeldJobs {
  readonly #max: number;
  readonly #waiting = new Map<string, () => void>();

  /** Holds at most `max` jobs. */
  constructor(max: number = MAX_HELD) {
    this.#max = max;
  }

  /** Whether the job of this id waits for a release. */
  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** Releases a held job; false if there is none of this id. */
  release(id: string): boolean {
    this.#waiting.get(id)?.();
    return this.#waiting.delete(id);
  }

  /**
   * Waits until `job` is released; resolves with the outcome of a job that must not start. Rejects
   * with `signal.reason` when aborted first.
   */
  async wait(job: AdmittedJob, clock: Clock, signal: AbortSignal): Promise<Outcome | undefined> {
    if (this.#waiting.size >= this.#max) { // check: held-busy
      return refusedOutcome("busy", `the agent is busy: ${this.#waiting.size} commands are held`);
    }
    const released = Promise.withResolvers<void>();
    this.#waiting.set(job.id, () => released.resolve());
    using limit = deadline(job.notAfter + 1 - clock.now(), { clock, signal });
    try {
      await raceAbort(released.promise, limit.signal); // check: held-late
      return undefined;
    } catch (error) {
      if (limit.isExpired) return NOT_RELEASED;
      if (signal.reason === AGENT_STOPPING) return STOPPED_HELD;
      throw error;
    } finally {
      this.#waiting.delete(job.id);
    }
  }
}
