/**
 * Wakes one waiting task. Imports nothing.
 * @module
 */

/**
 * One task waits until another rings. A ring that nobody waits for is not kept: look whether there
 * is work first, then wait, with no `await` in between.
 */
export class Bell {
  #waiting: PromiseWithResolvers<void> | undefined;

  /** Wakes whoever waits. */
  ring(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Resolves at the next ring. */
  wait(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }
}
