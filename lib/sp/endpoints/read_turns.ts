/**
 * Shares the time for received messages between connections. A connection passes on a few messages
 * at once; with more it waits until the others had their turn. A token bucket limits what it may
 * send in the long run.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";

/** Options of {@linkcode ReadTurns}. */
export interface ReadTurnsOptions {
  /** The most messages per turn. */
  readonly turnMessages?: number;
  /** The most bytes per turn, plus one message. */
  readonly turnBytes?: number;
  /** How many messages a connection may send per second in the long run. */
  readonly messagesPerSecond?: number;
  /** How many messages a connection may send at once after a pause. */
  readonly burst?: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

const TURN_MESSAGES = 64;
const TURN_BYTES = 262_144;
const MESSAGES_PER_SECOND = 4_000;
/** More than a reconnecting agent or an operator of 10,000 hosts sends at once. */
const BURST = 16_384;
/** How long waiting connections may use the event loop before it looks at the others. */
const SLICE_MS = 5;

/** The connections that wait for their turn. */
export class ReadTurns {
  /** The limits of all turns. */
  readonly limits: Required<ReadTurnsOptions>;
  readonly #waiting = new Set<() => void>();
  #isScheduled = false;

  /** Creates an empty queue. */
  constructor(options: ReadTurnsOptions = {}) {
    this.limits = {
      turnMessages: TURN_MESSAGES,
      turnBytes: TURN_BYTES,
      messagesPerSecond: MESSAGES_PER_SECOND,
      burst: BURST,
      clock: systemClock,
      ...options,
    };
  }

  /** Calls `turn` after the connections that wait already. */
  wait(turn: () => void): void {
    this.#waiting.add(turn);
    this.#schedule();
  }

  /** Forgets a waiting `turn`. */
  forget(turn: () => void): void {
    this.#waiting.delete(turn);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A timer, not a microtask: sockets and new connections come in between.
    setTimeout(() => this.#run(), 0);
  }

  #run(): void {
    this.#isScheduled = false;
    const { clock } = this.limits;
    const end = clock.monotonic() + SLICE_MS;
    let left = this.#waiting.size;
    for (const turn of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(turn);
      turn();
      if (clock.monotonic() >= end) break; // check: read-slice
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}

/** The turns of one connection. Disposing ends its wait. */
export class ReadShare implements Disposable {
  readonly #turns: ReadTurns;
  readonly #resume: () => void;
  readonly #stop = new AbortController();
  #tokens: number;
  #refilledAt: number;
  #messages = 0;
  #bytes = 0;

  /** Creates a share with a full bucket. Calls `resume` at each turn after a wait. */
  constructor(turns: ReadTurns, resume: () => void) {
    this.#turns = turns;
    this.#resume = resume;
    this.#tokens = turns.limits.burst;
    this.#refilledAt = turns.limits.clock.monotonic();
  }

  /** Begins a turn. */
  begin(): void {
    const { burst, messagesPerSecond, clock } = this.#turns.limits;
    const now = clock.monotonic();
    const earned = (now - this.#refilledAt) * messagesPerSecond / 1_000;
    this.#tokens = Math.min(burst, this.#tokens + earned);
    this.#refilledAt = now;
    this.#messages = 0;
    this.#bytes = 0;
  }

  /** Counts a message of `bytes` bytes; returns whether another one may follow in this turn. */
  take(bytes: number): boolean {
    const { turnMessages, turnBytes, messagesPerSecond, clock } = this.#turns.limits;
    this.#tokens--;
    this.#messages++;
    this.#bytes += bytes;
    if (this.#tokens < 1) { // check: read-tokens
      // Enough for a whole turn, so that a flood does not cost a timer per message.
      const ms = (turnMessages - this.#tokens) * 1_000 / messagesPerSecond;
      clock.sleep(ms, this.#stop.signal).then(() => this.#turns.wait(this.#resume), () => {});
      return false;
    }
    if (this.#messages < turnMessages && this.#bytes < turnBytes) return true;
    this.#turns.wait(this.#resume); // check: read-turn
    return false;
  }

  /** Ends the wait. */
  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#turns.forget(this.#resume);
  }
}
