/**
 * The time in which a change can be confirmed. Imports `base`.
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** How a probation ended. */
export type Verdict =
  /** The change may stay. */
  | "kept"
  /** Nobody has confirmed it in time. */
  | "unconfirmed"
  /** It was broken off. */
  | "stopped";

/** The probation of one change. Nobody can confirm it before it begins. */
export class Probation {
  readonly #kept = new AbortController();
  #lasts = false;

  /** The change may stay; false if that is not asked now. */
  confirm(): boolean {
    if (this.#lasts) this.#kept.abort();
    return this.#lasts;
  }

  /** Waits for a confirmation for `ms` milliseconds, or until the signal is aborted. */
  async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<Verdict> {
    this.#lasts = true;
    try {
      await clock.sleep(ms, AbortSignal.any([signal, this.#kept.signal]));
      return "unconfirmed";
    } catch {
      return this.#kept.signal.aborted ? "kept" : "stopped";
    } finally {
      this.#lasts = false;
    }
  }
}
