/**
 * Ctrl-C and `kill`, as an AbortSignal.
 * @module
 */

/**
 * A terminal and `deno task` may both pass on one Ctrl-C: only later ones count as a second, in
 * milliseconds.
 */
const SAME_KEY_MS = 500;

/** Listens for SIGINT and SIGTERM. Disposing gives the signals their usual meaning back. */
export class StopSignals implements Disposable {
  readonly #first = new AbortController();
  readonly #second = new AbortController();
  readonly #listener = (): void => this.#receive();
  #receivedAt = 0;

  /** Begins to listen. */
  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, this.#listener);
    }
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

  #receive(): void {
    const now = performance.now();
    if (!this.signal.aborted) this.#receivedAt = now;
    else if (now - this.#receivedAt > SAME_KEY_MS) this.#second.abort();
    this.#first.abort();
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, this.#listener);
    }
  }
}
