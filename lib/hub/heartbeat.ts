/**
 * Asks an attached agent from time to time whether it is still there, so that neither end counts as
 * gone while both are there. Imports `base`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { MAX_BEAT_MS } from "../base/silence.ts";

/** How many questions may stay without an answer. */
const MISSED = 3;
/** Agents that came together shall not be asked together for ever. */
const JITTER_MS = 1_500;

/** What a heartbeat does. */
export interface HeartbeatActions {
  /** Asks. */
  beat(): void;
  /** There was no answer three times in a row: called once, within 35 seconds. */
  gone(): void;
}

/** Beats until disposed of. */
export class Heartbeat implements Disposable {
  readonly #actions: HeartbeatActions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #unanswered = 0;

  /** Starts with a first beat after one interval. */
  constructor(actions: HeartbeatActions, clock: Clock = systemClock) {
    this.#actions = actions;
    this.#clock = clock;
    void this.#run();
  }

  /** Something has come from the other end. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (await this.#wait() && this.#unanswered < MISSED) {
      this.#unanswered++;
      this.#actions.beat();
    }
    if (!this.#stop.signal.aborted) this.#actions.gone();
  }

  /** Resolves with false when it was stopped instead. */
  #wait(): Promise<boolean> {
    const ms = MAX_BEAT_MS - Math.random() * JITTER_MS;
    return this.#clock.sleep(ms, this.#stop.signal).then(() => true, () => false);
  }
}
