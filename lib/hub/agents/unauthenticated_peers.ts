/**
 * Limits peers that have not authenticated: how many there may be, for how long, and how many
 * messages each may send. Agents authenticate at once; others may stay, for example somebody who
 * looks at the hub with nngcat, but not in any number.
 * @module
 */

/** How long it may take an agent to say who it is, in milliseconds. */
const HELLO_MS = 5_000;
/** How many may stay longer than that. */
const MAX_STAYING = 64;
/** How many there may be at all: every agent is one for a moment, and after a restart all come. */
const MAX_PEERS = 8_192;

/** How much one may say before it has said who it is, in messages. */
const MAX_MESSAGES = 16;

/** What is known of a stranger. */
interface PeerRecord {
  readonly sinceMs: number;
  words: number;
}

/** Strangers in the order in which they came. */
export class UnauthenticatedPeers<T> {
  readonly #known = new Map<T, PeerRecord>();

  /** How many there are. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Takes one more at the time `nowMs`, which must not go back.
   * @returns those that have to give way, the oldest first
   */
  add(stranger: T, nowMs: number): readonly T[] {
    this.#known.set(stranger, { sinceMs: nowMs, words: 0 });
    const leaving: T[] = [];
    for (const [oldest, { sinceMs }] of this.#known) {
      const left = this.size - leaving.length;
      const overstays = nowMs - sinceMs >= HELLO_MS;
      if (left <= (overstays ? MAX_STAYING : MAX_PEERS)) break; // check: peer-count
      leaving.push(oldest);
    }
    leaving.forEach((each) => this.#known.delete(each));
    return leaving;
  }

  /** One has said something; true if it has talked too much, and is to go. Others may talk. */
  countMessage(stranger: T): boolean {
    const known = this.#known.get(stranger);
    return known !== undefined && ++known.words > MAX_MESSAGES; // check: peer-messages
  }

  /** One is no stranger any more, or gone. */
  remove(stranger: T): void {
    this.#known.delete(stranger);
  }
}
