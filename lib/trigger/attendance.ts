/**
 * Waiting for agents: who is there, and when it is clear that nobody else comes.
 * Imports `base` and `hub`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { Hub } from "../hub/hub.ts";

/** How to wait. Times in milliseconds. */
export interface SettleOptions {
  /** How long nobody must have come. */
  readonly quietMs: number;
  /** How long to wait at the most. */
  readonly maxMs: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * An agent that finds no queue tries again within two seconds, so whoever has not come in this
 * time after the last arrival is not about to.
 */
export const QUIET_MS = 2_500;

/**
 * Waits until agents have stopped coming.
 * @returns the names of those that are attached
 * @throws the signal's reason when it is aborted
 */
export async function settle(hub: Hub, options: SettleOptions): Promise<string[]> {
  const { quietMs, maxMs, clock = systemClock, signal } = options;
  const end = clock.monotonic() + maxMs;
  while (clock.monotonic() < end) {
    const left = Math.min(quietMs, end - clock.monotonic());
    if (!await changesWithin(hub, left, clock, signal)) break;
  }
  return [...hub.roster].map((session) => session.name);
}

async function changesWithin(
  hub: Hub,
  ms: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const over = new AbortController();
  const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const quiet = clock.sleep(ms, either).then(() => false);
  try {
    return await Promise.race([quiet, hub.roster.changed().then(() => true)]);
  } finally {
    over.abort();
    quiet.catch(() => {});
  }
}
