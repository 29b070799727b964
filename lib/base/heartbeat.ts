/**
 * Detects a peer that has vanished without closing its connection. One end sends heartbeats and
 * gives up after three without an answer; the other end applies an idle timeout. Both notice within
 * 35 seconds.
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";

/** Either end detects a vanished peer within this time, in milliseconds. */
export const MAX_DETECTION_MS = 35_000;
/** The longest interval between two heartbeats, in milliseconds. */
export const MAX_HEARTBEAT_MS: number = MAX_DETECTION_MS / 4;
/**
 * The idle timeout of the end that answers heartbeats, in milliseconds. If only its answers are
 * lost, it still receives one more heartbeat, so its idle time starts one interval later. The rest
 * of the difference is for the network.
 */
export const IDLE_TIMEOUT_MS: number = MAX_DETECTION_MS - MAX_HEARTBEAT_MS - 1_250; // check: heartbeat-time

/** Detects that the end that sends heartbeats has vanished. Runs until disposed of. */
export class IdleTimeout implements Disposable {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #heardMs: number;

  /** Calls `gone` once, after {@linkcode IDLE_TIMEOUT_MS} without a call of `heard`. */
  constructor(gone: () => void, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#heardMs = clock.monotonic();
    void this.#run(gone);
  }

  /** Restarts the idle timeout: a message has arrived. */
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

/** After this many heartbeats without an answer the peer has vanished. */
const MAX_MISSED = 3;
/** Spreads the heartbeats of agents that attached at the same time. */
const JITTER_MS = 1_500;

/** The actions of a {@linkcode Heartbeat}. */
export interface HeartbeatActions {
  /** Sends one heartbeat. */
  beat(): void;
  /** Called once, after three heartbeats in a row without an answer, within 35 seconds. */
  gone(): void;
}

/** Sends heartbeats until disposed of. */
export class Heartbeat implements Disposable {
  readonly #actions: HeartbeatActions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #unanswered = 0;

  /** Starts; the first heartbeat follows after one interval. */
  constructor(actions: HeartbeatActions, clock: Clock = systemClock) {
    this.#actions = actions;
    this.#clock = clock;
    void this.#run();
  }

  /** Counts all heartbeats as answered: a message has arrived. */
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

  /** Resolves with true after one interval, with false when stopped before. */
  #wait(): Promise<boolean> {
    const ms = MAX_HEARTBEAT_MS - Math.random() * JITTER_MS;
    return this.#clock.sleep(ms, this.#stop.signal).then(() => true, () => false);
  }
}
