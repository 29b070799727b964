/**
 * Limits unauthenticated peers: how many there may be, for how long, and how many messages each may
 * send. Agents authenticate at once. Other peers may stay in small numbers, for example a user who
 * inspects the hub with nngcat.
 * @module
 */

/** How long an agent may take to authenticate, in milliseconds. */
const HELLO_MS = 5_000;
/** How many peers may stay longer than that. */
const MAX_STAYING = 64;
/** How many peers may exist: after a restart of the hub all agents connect at once. */
const MAX_PEERS = 8_192;

/** How many messages a peer may send before it authenticates. */
const MAX_MESSAGES = 16;

/** The record of a peer. */
interface PeerRecord {
  readonly sinceMs: number;
  messages: number;
}

/** Unauthenticated peers, oldest first. */
export class UnauthenticatedPeers<T> {
  readonly #known = new Map<T, PeerRecord>();

  /** The number of peers. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Adds a peer at the time `nowMs`, which must not decrease.
   * @returns the peers to disconnect, oldest first
   */
  add(peer: T, nowMs: number): readonly T[] {
    this.#known.set(peer, { sinceMs: nowMs, messages: 0 });
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

  /**
   * Counts one message of a peer; returns whether it exceeds the limit and must be disconnected.
   */
  countMessage(peer: T): boolean {
    const known = this.#known.get(peer);
    return known !== undefined && ++known.messages > MAX_MESSAGES; // check: peer-messages
  }

  /** Removes a peer that has authenticated or disconnected. */
  remove(peer: T): void {
    this.#known.delete(peer);
  }
}
