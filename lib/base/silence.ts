/**
 * When an end that says nothing counts as gone. A connection whose other end has vanished without a
 * word looks alive for ever otherwise. Imports `clock.ts`.
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";

/** How long the other end may say nothing, in milliseconds. */
export const MAX_SILENCE_MS = 35_000;

/** Waits for silence until disposed of. */
export class SilenceWatch implements Disposable {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #heardMs: number;

  /** Calls `gone` once, when nothing was heard for {@linkcode MAX_SILENCE_MS}. */
  constructor(gone: () => void, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#heardMs = clock.monotonic();
    void this.#run(gone);
  }

  /** Something has come from the other end. */
  heard(): void {
    this.#heardMs = this.#clock.monotonic();
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(gone: () => void): Promise<void> {
    for (let ms = this.#left(); ms > 0; ms = this.#left()) {
      const slept = await this.#clock.sleep(ms, this.#stop.signal).then(() => true, () => false);
      if (!slept) return;
    }
    gone();
  }

  #left(): number {
    return this.#heardMs + MAX_SILENCE_MS - this.#clock.monotonic();
  }
}
