/**
 * So many per minute and no more: strangers may fill no disk. Imports `base`.
 * @module
 */
import type { Clock } from "../base/clock.ts";

const MINUTE_MS = 60_000;

/** Counts what happens in each minute. */
export class MinuteQuota {
  readonly #most: number;
  readonly #clock: Pick<Clock, "monotonic">;
  #minute = 0;
  #seen = 0;
  #left = 0;

  /** Allows `most` per minute. */
  constructor(most: number, clock: Pick<Clock, "monotonic">) {
    this.#most = most;
    this.#clock = clock;
  }

  /** Whether one more is allowed in this minute. */
  take(): boolean {
    const minute = Math.floor(this.#clock.monotonic() / MINUTE_MS);
    if (minute !== this.#minute) this.#close();
    this.#minute = minute;
    return ++this.#seen <= this.#most;
  }

  /** How many were not allowed in minutes that are over, since this was asked last. */
  missed(): number {
    if (Math.floor(this.#clock.monotonic() / MINUTE_MS) !== this.#minute) this.#close();
    const missed = this.#left;
    this.#left = 0;
    return missed;
  }

  /** As {@linkcode MinuteQuota.missed}, with this minute, which ends here. */
  end(): number {
    this.#close();
    return this.missed();
  }

  #close(): void {
    this.#left += Math.max(0, this.#seen - this.#most);
    this.#seen = 0;
  }
}
