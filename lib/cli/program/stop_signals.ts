/**
 * SIGINT and SIGTERM as AbortSignals, and the meaning of repeated signals: warn, stop, leave.
 * @module
 */
import { onAbort } from "../../base/async.ts";

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

/** What ends a program. */
export type StopSignal = "SIGINT" | "SIGTERM";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** Listens for SIGINT and SIGTERM. Disposing gives the signals their usual meaning back. */
export class StopSignals implements Disposable {
  readonly #first = new AbortController();
  readonly #second = new AbortController();
  readonly #steps = new StopSteps();
  readonly #listeners: readonly { readonly signal: StopSignal; readonly listen: () => void }[];
  #warn: (() => void) | undefined;

  /** Begins to listen, to both signals unless only some are given. */
  constructor(signals: readonly StopSignal[] = SIGNALS) {
    this.#listeners = signals.map((signal) => ({ signal, listen: () => this.#receive(signal) }));
    for (const { signal, listen } of this.#listeners) Deno.addSignalListener(signal, listen);
  }

  /** Aborted when the program is to end. */
  get stopRequested(): AbortSignal {
    return this.#first.signal;
  }

  /** Aborted when the program is to end at once. */
  get leaveRequested(): AbortSignal {
    return this.#second.signal;
  }

  /** Resolves when the program is to end. */
  waitForStop(): Promise<void> {
    return new Promise((resolve) => onAbort(this.stopRequested, () => resolve()));
  }

  /**
   * Until it is disposed of, the first SIGINT only calls `warn`; it takes another within the next
   * seconds to end the program.
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
