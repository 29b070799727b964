/**
 * Detects a peer that has vanished without closing its connection, which would look alive for ever
 * otherwise. One end sends heartbeats and gives up after three without an answer; the other end
 * applies an idle timeout. Both notice within 35 seconds.
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";

/** Within which time either end notices that nothing comes from the other, in milliseconds. */
export const MAX_DETECTION_MS = 35_000;
/** The longest between two questions of the end that asks, in milliseconds. */
export const MAX_HEARTBEAT_MS: number = MAX_DETECTION_MS / 4;
/**
 * How long the end that is asked hears nothing at the most, in milliseconds. Where only its answers
 * are lost it still hears one question more, and its silence begins a beat later; the rest is for
 * the network.
 */
export const IDLE_TIMEOUT_MS: number = MAX_DETECTION_MS - MAX_HEARTBEAT_MS - 1_250; // check: heartbeat-time

/** Waits for the silence of an end that asks, until disposed of. */
export class IdleTimeout implements Disposable {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #heardMs: number;

  /** Calls `gone` once, when nothing was heard for {@linkcode IDLE_TIMEOUT_MS}. */
  constructor(gone: () => void, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#heardMs = clock.monotonic();
    void this.#run(gone);
  }

  /** Something has come from the other end. */
  heard(): void {
    this.#heardMs = this.#clock.monotonic(); // check: last-heard
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(gone: () => void): Promise<void> {
    for (let ms = this.#left(); ms > 0; ms = this.#left()) {
      const slept = await this.#clock.sleep(ms, this.#stop.signal).then(() => true, () => false);
      if (!slept) return; // check: heartbeat-stopped
    }
    gone();
  }

  #left(): number {
    return this.#heardMs + IDLE_TIMEOUT_MS - this.#clock.monotonic();
  }
}

/** How many questions may stay without an answer. */
const MAX_MISSED = 3;
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
    while (await this.#wait() && this.#unanswered < MAX_MISSED) {
      this.#unanswered++;
      this.#actions.beat();
    }
    if (!this.#stop.signal.aborted) this.#actions.gone();
  }

  /** Resolves with false when it was stopped instead. */
  #wait(): Promise<boolean> {
    const ms = MAX_HEARTBEAT_MS - Math.random() * JITTER_MS;
    return this.#clock.sleep(ms, this.#stop.signal).then(() => true, () => false);
  }
}
