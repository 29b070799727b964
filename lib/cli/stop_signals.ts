/**
 * Ctrl-C and `kill`, as an AbortSignal.
 * @module
 */

/** Aborted at the first SIGINT or SIGTERM. Disposing gives the signals their usual meaning back. */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #listener = (): void => this.#controller.abort();

  /** Begins to listen. */
  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, this.#listener);
    }
  }

  /** Aborted when the program is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when the program is to end. */
  async stopped(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise((resolve) => this.signal.addEventListener("abort", resolve, { once: true }));
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, this.#listener);
    }
  }
}
