/**
 * The time in which something is to be done, of which some does not count. Imports nothing.
 * @module
 */

/** The end of a time, which can be put off. */
export class Deadline {
  #end: number;

  /** Ends `ms` milliseconds from now. */
  constructor(ms: number) {
    this.#end = performance.now() + ms;
  }

  /** How much is left, in milliseconds. */
  left(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Puts it off for as long as `action` takes. */
  async without<T>(action: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await action();
    } finally {
      this.#end += performance.now() - start;
    }
  }
}
