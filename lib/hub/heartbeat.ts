/**
 * Asks an attached agent from time to time whether it is still there. A connection whose other end
 * has vanished without a word looks alive for ever otherwise. Imports nothing.
 * @module
 */

/** How often is asked, in milliseconds, and how many questions may stay without an answer. */
const INTERVAL_MS = 10_000;
const JITTER_MS = 2_000;
const MISSED = 3;

/** What a heartbeat does. */
export interface HeartbeatActions {
  /** Asks. */
  beat(): void;
  /** There was no answer three times in a row: called once, at the latest after 35 seconds. */
  gone(): void;
}

/** Beats until disposed of. */
export class Heartbeat implements Disposable {
  readonly #actions: HeartbeatActions;
  #unanswered = 0;
  #timer: ReturnType<typeof setTimeout>;

  /** Starts with a first beat after one interval; the jitter keeps agents from beating together. */
  constructor(actions: HeartbeatActions) {
    this.#actions = actions;
    this.#timer = this.#later();
  }

  /** Something has come from the other end. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Stops. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #later(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#beat(), INTERVAL_MS - Math.random() * JITTER_MS);
  }

  #beat(): void {
    if (this.#unanswered >= MISSED) return this.#actions.gone();
    this.#unanswered++;
    this.#actions.beat();
    this.#timer = this.#later();
  }
}
