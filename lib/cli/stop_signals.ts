/**
 * Ctrl-C and `kill`, as an AbortSignal.
 * @module
 */
import { StopSteps } from "./stop_steps.ts";

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
  get signal(): AbortSignal {
    return this.#first.signal;
  }

  /** Aborted when the program is to end at once. */
  get again(): AbortSignal {
    return this.#second.signal;
  }

  /** Resolves when the program is to end. */
  async stopped(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise((resolve) => this.signal.addEventListener("abort", resolve, { once: true }));
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
