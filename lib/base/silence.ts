/**
 * When an end that says nothing counts as gone. A connection whose other end has vanished without a
 * word looks alive for ever otherwise. Imports `clock.ts`.
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";

/** Within which time either end notices that nothing comes from the other, in milliseconds. */
export const MAX_SILENCE_MS = 35_000;
/** The longest between two questions of the end that asks, in milliseconds. */
export const MAX_BEAT_MS: number = MAX_SILENCE_MS / 4;
/**
 * How long the end that is asked hears nothing at the most, in milliseconds. Where only its answers
 * are lost it still hears one question more, and its silence begins a beat later; the rest is for
 * the network.
 */
export const MAX_UNASKED_MS: number = MAX_SILENCE_MS - MAX_BEAT_MS - 1_250; // check: heartbeat-time

/** Waits for the silence of an end that asks, until disposed of. */
export class SilenceWatch implements Disposable {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #heardMs: number;

  /** Calls `gone` once, when nothing was heard for {@linkcode MAX_UNASKED_MS}. */
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
    return this.#heardMs + MAX_UNASKED_MS - this.#clock.monotonic();
  }
}
