/**
 * What repeated Ctrl-C and `kill` mean, one after another. Pure; imports nothing.
 * @module
 */

/** What a signal asks for. */
export type StopStep =
  /** Nothing new: it is the same key press as before, or all has been asked for. */
  | "none"
  /** To be told how things are, and how to stop. */
  | "warn"
  /** To end. */
  | "stop"
  /** To end at once. */
  | "leave";

/**
 * A terminal and `deno task` may both pass on one Ctrl-C: only later ones count as another, in
 * milliseconds.
 */
const SAME_KEY_MS = 250;

/** How long a warning holds, in milliseconds. */
export const WARNING_MS = 5_000;

/** The steps on the way to the end. */
export class StopSteps {
  readonly #receivedAt = new Map<Deno.Signal, number>();
  #warnedAt = -Infinity;
  #stopped: "no" | "stop" | "leave" = "no";

  /**
   * A signal has come at `now`, in milliseconds. With `warnFirst`, a SIGINT that follows no warning
   * of the last seconds is one that is to be warned of; SIGTERM comes from no keyboard.
   */
  receive(signal: "SIGINT" | "SIGTERM", now: number, warnFirst: boolean): StopStep {
    if (now - (this.#receivedAt.get(signal) ?? -Infinity) <= SAME_KEY_MS) return "none";
    this.#receivedAt.set(signal, now);
    if (this.#stopped !== "no") return this.#leave();
    if (signal === "SIGINT" && warnFirst && now - this.#warnedAt > WARNING_MS) {
      this.#warnedAt = now;
      return "warn";
    }
    this.#stopped = "stop";
    return "stop";
  }

  #leave(): StopStep {
    if (this.#stopped === "leave") return "none";
    this.#stopped = "leave";
    return "leave";
  }
}
