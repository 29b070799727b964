/**
 * Waits until the expected agents are attached to the local hub or, when none are expected, until
 * no further agent attaches.
 * @module
 */
import { deadline } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Dispatcher } from "../../hub/jobs/dispatcher.ts";

/** How to wait. Times in milliseconds. */
export interface WaitOptions {
  /** The hosts to wait for; without them, until nobody has come for a moment. */
  readonly expect?: readonly string[];
  /** How long to wait at the most. */
  readonly maxMs: number;
  /** How long a moment is; {@linkcode QUIET_MS} by default. */
  readonly quietMs?: number;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Ends the waiting when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * An agent that is told "connection refused" tries again within two seconds, so whoever has not
 * come in this time after the last arrival is not about to.
 */
export const QUIET_MS = 2_500;

/**
 * Waits until the expected hosts are attached or, when none are named, until hosts have stopped
 * coming; at the most for `maxMs`.
 * @throws the signal's reason when it is aborted
 */
export async function waitForAgents(hub: Dispatcher, options: WaitOptions): Promise<void> {
  const { expect, maxMs, quietMs = QUIET_MS, clock = systemClock, signal } = options;
  const end = clock.monotonic() + maxMs;
  while (!expect || expect.some((name) => !hub.roster.get(name))) {
    const left = end - clock.monotonic();
    const patience = expect ? left : Math.min(quietMs, left);
    if (patience <= 0 || !await rosterChangesWithin(hub, patience, { clock, signal })) return;
  }
}

async function rosterChangesWithin(
  hub: Dispatcher,
  ms: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal | undefined },
): Promise<boolean> {
  using limit = deadline(ms, { clock, signal });
  try {
    await hub.roster.changed(limit.signal);
    return true;
  } catch (error) {
    if (!limit.isExpired) throw error;
    return false;
  }
}
