/**
 * SIGINT and SIGTERM as AbortSignals, and the meaning of repeated signals: warn, stop, leave.
 * @module
 */
import { onAbort } from "../../base/async.ts";

/** The step that a signal requests. */
export type StopStep =
  /** Nothing: the signal repeats the same key press, or all steps are done. */
  | "none"
  /** Show the progress, and how to stop. */
  | "warn"
  /** Stop. */
  | "stop"
  /** Exit at once. */
  | "leave";

/**
 * The time in which signals count as one, in milliseconds. A terminal and `deno task` may both pass
 * on one Ctrl-C.
 */
const SAME_KEY_MS = 250;

/** The time that a warning is valid, in milliseconds. */
export const WARNING_MS = 5_000;

/** The sequence of stop steps. */
export class StopSteps {
  readonly #receivedAt = new Map<Deno.Signal, number>();
  #warnedAt = -Infinity;
  #stopped: "no" | "stop" | "leave" = "no";

  /**
   * Returns the step for a signal at `now`, in milliseconds. With `warnFirst`, a SIGINT without a
   * recent warning only warns. SIGTERM is not sent by a keyboard, so it never warns.
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

/** A signal that ends a program. */
export type StopSignal = "SIGINT" | "SIGTERM";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** Listens for SIGINT and SIGTERM. Disposing restores the default actions. */
export class StopSignals implements Disposable {
  readonly #first = new AbortController();
  readonly #second = new AbortController();
  readonly #steps = new StopSteps();
  readonly #listeners: readonly { readonly signal: StopSignal; readonly listen: () => void }[];
  #warn: (() => void) | undefined;

  /** Starts to listen, by default to both signals. */
  constructor(signals: readonly StopSignal[] = SIGNALS) {
    this.#listeners = signals.map((signal) => ({ signal, listen: () => this.#receive(signal) }));
    for (const { signal, listen } of this.#listeners) Deno.addSignalListener(signal, listen);
  }

  /** Aborted when the program must stop. */
  get stopRequested(): AbortSignal {
    return this.#first.signal;
  }

  /** Aborted when the program must exit at once. */
  get leaveRequested(): AbortSignal {
    return this.#second.signal;
  }

  /** Resolves when the program must stop. */
  waitForStop(): Promise<void> {
    return new Promise((resolve) => onAbort(this.stopRequested, () => resolve()));
  }

  /**
   * Makes the first SIGINT only call `warn`, until disposed of. A second one within {@linkcode
   * WARNING_MS} stops the program.
   */
  warnFirst(warn: () => void): Disposable {
    this.#warn = warn;
    return { [Symbol.dispose]: () => this.#warn = undefined };
  }

  #receive(signal: StopSignal): void {
    switch (this.#steps.receive(signal, performance.now(), this.#warn !== undefined)) {
      case "warn":
        return this.#warn?.();
      case "stop":
        return this.#first.abort();
      case "leave":
        return this.#second.abort();
      case "none":
    }
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const { signal, listen } of this.#listeners) Deno.removeSignalListener(signal, listen);
  }
}
