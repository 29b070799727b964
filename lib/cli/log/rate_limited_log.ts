/**
 * A rate limit for log lines, so that hostile peers cannot flood the log: the first few events of a
 * kind are written, the rest of the minute is counted and summed up in one line.
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { formatDuration } from "../render/units.ts";

/** The settings of a {@linkcode RateLimitedLog}. */
export interface RateLimitedLogOptions {
  /** The clock for the windows. */
  readonly clock: Clock;
  /** The number of events of one kind that are written per window; 5 by default. */
  readonly burst?: number;
  /** The length of a window in milliseconds; one minute by default. */
  readonly windowMs?: number;
}

/** Writes an event with its fields. */
export type EventWriter = (event: string, fields: Record<string, unknown>) => void;

/** The events of one kind in the current window. */
interface Window {
  readonly endsAt: number;
  seen: number;
}

/**
 * Writes at most `burst` lines per kind and window, and one line with the number of suppressed
 * events. A kind is a fixed phrase of ours, never text from a peer, so the number of kinds is
 * bounded.
 */
export class RateLimitedLog implements Disposable {
  readonly #write: EventWriter;
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();
  readonly #closing = new AbortController();

  /** Creates a log that calls `write` once per line. */
  constructor(write: EventWriter, options: RateLimitedLogOptions) {
    this.#write = write;
    this.#clock = options.clock;
    this.#burst = options.burst ?? 5;
    this.#windowMs = options.windowMs ?? 60_000;
  }

  /** Logs an event. `kind` is the event; `fields` hold the peer and the circumstances. */
  log(kind: string, fields: Record<string, unknown> = {}): void {
    const window = this.#window(kind);
    window.seen++;
    if (window.seen <= this.#burst) this.#write(kind, fields);
    else if (window.seen === this.#burst + 1) this.#summarizeAtEnd(kind, window);
  }

  /** Writes the pending summaries and stops the timers. */
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
      return; // disposing has written the summary
    }
    if (this.#windows.get(kind) !== window) return;
    this.#windows.delete(kind);
    this.#summarize(kind, window);
  }

  #summarize(kind: string, window: Window): void {
    const suppressed = window.seen - this.#burst;
    if (suppressed > 0) this.#write(kind, { suppressed, within: formatDuration(this.#windowMs) });
  }
}
