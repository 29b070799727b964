/**
 * A rate limit for log lines, so that hostile peers cannot flood the log: the first few events of a
 * kind are written, the rest of the minute is counted and summed up in one line.
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { formatDuration } from "../render/units.ts";

/** How a {@linkcode RateLimitedLog} measures. */
export interface RateLimitedLogOptions {
  /** The time it goes by. */
  readonly clock: Clock;
  /** How many events of one kind are written per window; 5 unless given. */
  readonly burst?: number;
  /** The length of a window in milliseconds; a minute unless given. */
  readonly windowMs?: number;
}

/** What was seen of one kind since its window began. */
interface Window {
  readonly endsAt: number;
  seen: number;
}

/**
 * Writes at most `burst` lines per kind and window, and one more that says how many were left out.
 * A kind is a fixed phrase of ours, never text from a stranger: there are only so many of them.
 */
export class RateLimitedLog implements Disposable {
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();
  readonly #closing = new AbortController();

  /** Makes a log that writes through `write`, one call per line. */
  constructor(write: (text: string) => void, options: RateLimitedLogOptions) {
    this.#write = write;
    this.#clock = options.clock;
    this.#burst = options.burst ?? 5;
    this.#windowMs = options.windowMs ?? 60_000;
  }

  /** Tells of an event: `kind` says what happened, `detail` to whom and how, if known. */
  log(kind: string, detail?: string): void {
    const window = this.#window(kind);
    window.seen++;
    if (window.seen <= this.#burst) this.#write(detail === undefined ? kind : `${kind}: ${detail}`);
    else if (window.seen === this.#burst + 1) this.#summarizeAtEnd(kind, window);
  }

  /** Writes what is still to be summed up, and stops waiting. */
  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const [kind, window] of this.#windows) this.#summarize(kind, window);
    this.#windows.clear();
  }

  #window(kind: string): Window {
    const now = this.#clock.monotonic();
    const current = this.#windows.get(kind);
    if (current !== undefined && now < current.endsAt) return current;
    if (current !== undefined) this.#summarize(kind, current);
    const window = { endsAt: now + this.#windowMs, seen: 0 };
    this.#windows.set(kind, window);
    return window;
  }

  async #summarizeAtEnd(kind: string, window: Window): Promise<void> {
    try {
      await this.#clock.sleep(window.endsAt - this.#clock.monotonic(), this.#closing.signal);
    } catch {
      return; // disposed: the summary has been written there
    }
    if (this.#windows.get(kind) !== window) return;
    this.#windows.delete(kind);
    this.#summarize(kind, window);
  }

  #summarize(kind: string, window: Window): void {
    const more = window.seen - this.#burst;
    if (more > 0) this.#write(`${kind}: ${more} more within ${formatDuration(this.#windowMs)}`);
  }
}
