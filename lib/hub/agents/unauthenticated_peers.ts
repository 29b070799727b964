/**
 * Limits unauthenticated peers: how many there may be, for how long, and how many messages each may
 * send. The time begins with the connection and nothing that a peer sends extends it. Agents
 * authenticate at once. Other peers may stay in small numbers, for example a user who inspects the
 * hub with nngcat.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";

/** How long a peer may take to authenticate, in milliseconds. */
export const HELLO_MS = 5_000;
/** How many peers may stay longer than that. */
const MAX_STAYING = 64;
/** How many peers may exist: after a restart of the hub all agents connect at once. */
const MAX_PEERS = 8_192;

/** How many messages a peer may send before it authenticates. */
const MAX_MESSAGES = 16;

/** What the limits know of a peer. */
export interface UnauthenticatedPeer {
  /** Whether it has begun a message and not completed it; such a peer may not stay. */
  readonly isMidMessage: boolean;
}

/** The record of a peer. */
interface PeerRecord {
  readonly sinceMs: number;
  messages: number;
}

/** Unauthenticated peers, oldest first. */
export class UnauthenticatedPeers<T extends UnauthenticatedPeer> {
  readonly #known = new Map<T, PeerRecord>();
  readonly #leave: (peer: T) => void;
  readonly #clock: Clock;
  /** Ends the wait for the next deadline. */
  #wait: AbortController | undefined;

  /** Calls `leave` with each peer to disconnect; it must not throw. */
  constructor(leave: (peer: T) => void, clock: Clock = systemClock) {
    this.#leave = leave;
    this.#clock = clock;
  }

  /** The number of peers. */
  get size(): number {
    return this.#known.size;
  }

  /** Adds a peer. */
  add(peer: T): void {
    this.#known.set(peer, { sinceMs: this.#clock.monotonic(), messages: 0 });
    this.#expire();
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
    if (this.#known.delete(peer) && this.size === 0) this.#stopWaiting();
  }

  /** Disconnects the peers that are too many or too late, oldest first. */
  #expire(): void {
    const now = this.#clock.monotonic();
    const leaving: T[] = [];
    let nextMs: number | undefined;
    for (const [peer, { sinceMs }] of this.#known) {
      const left = this.size - leaving.length;
      const isLate = now - sinceMs >= HELLO_MS;
      const isOneTooMany = left > (isLate ? MAX_STAYING : MAX_PEERS); // check: peer-count
      if (isOneTooMany || isLate && peer.isMidMessage) leaving.push(peer);
      else if (!isLate) {
        nextMs = sinceMs + HELLO_MS - now;
        break;
      }
    }
    for (const peer of leaving) this.#known.delete(peer);
    leaving.forEach(this.#leave);
    if (nextMs === undefined) this.#stopWaiting();
    else if (!this.#wait) void this.#expireIn(nextMs);
  }

  async #expireIn(ms: number): Promise<void> {
    const wait = this.#wait = new AbortController();
    try {
      await this.#clock.sleep(ms, wait.signal);
    } catch {
      return; // no peer is left
    }
    if (this.#wait === wait) this.#wait = undefined;
    this.#expire(); // check: peer-deadline
  }

  #stopWaiting(): void {
    this.#wait?.abort();
    this.#wait = undefined;
  }
}
