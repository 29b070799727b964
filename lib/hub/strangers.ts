/**
 * Respondents that have not said who they are. Agents say it at once; others may stay (somebody looks
 * at the queue with `nngcat`), but not in any number. Pure.
 * @module
 */

/** How long it may take an agent to say who it is, in milliseconds. */
const HELLO_MS = 5_000;
/** How many may stay longer than that. */
const MAX_STAYING = 64;
/** How many there may be at all: every agent is one for a moment, and after a restart all come. */
const MAX_STRANGERS = 8_192;

/** Strangers in the order in which they came. */
export class Strangers<T> {
  readonly #since = new Map<T, number>();

  /** How many there are. */
  get size(): number {
    return this.#since.size;
  }

  /**
   * Takes one more at the time `nowMs`, which must not go back.
   * @returns those that have to give way, the oldest first
   */
  add(stranger: T, nowMs: number): readonly T[] {
    this.#since.set(stranger, nowMs);
    const leaving: T[] = [];
    for (const [oldest, sinceMs] of this.#since) {
      const left = this.size - leaving.length;
      const overstays = nowMs - sinceMs >= HELLO_MS;
      if (left <= (overstays ? MAX_STAYING : MAX_STRANGERS)) break;
      leaving.push(oldest);
    }
    leaving.forEach((each) => this.#since.delete(each));
    return leaving;
  }

  /** One is no stranger any more, or gone. */
  remove(stranger: T): void {
    this.#since.delete(stranger);
  }
}
