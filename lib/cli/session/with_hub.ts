/**
 * Connects to a running hub for commands that only a hub can answer, such as `jobs`, `cancel` and
 * `why`.
 * @module
 */
import { systemClock } from "../../base/clock.ts";
import type { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { Log } from "../log/log.ts";
import { findHub, type QueueContext, requireHub } from "./open_queue.ts";
import type { HubChoice } from "../args/queue_options.ts";
import { StopSignals } from "../program/stop_signals.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Where such a command is carried out. */
export interface HubContext {
  /** The hub. */
  readonly queue: RemoteQueue;
  /** Where results are shown. */
  readonly terminal: Terminal;
  /** Aborted when the command is to end early. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the hub, does `action`, and hangs up.
 * @throws {UserError} if there is no hub
 */
export async function withHub<T>(
  choice: HubChoice,
  terminal: Terminal,
  action: (place: HubContext) => Promise<T>,
): Promise<T> {
  return await withLogAndSignals(choice, terminal, async (around) => {
    await using queue = await requireHub(choice, around);
    return await action({ ...around, queue });
  });
}

/** The same where there may be no hub. */
export async function withHubIfAny<T>(
  choice: HubChoice,
  terminal: Terminal,
  action: (place: Omit<HubContext, "queue"> & { readonly queue?: RemoteQueue }) => Promise<T>,
): Promise<T> {
  return await withLogAndSignals(choice, terminal, async (around) => {
    await using queue = await findHub(choice, around);
    return await action({ ...around, ...(queue && { queue }) });
  });
}

async function withLogAndSignals<T>(
  { logFormat, verbosity }: HubChoice,
  terminal: Terminal,
  action: (around: QueueContext) => Promise<T>,
): Promise<T> {
  const program = "nanotrigger";
  using log = new Log({ program, terminal, format: logFormat, verbosity, clock: systemClock });
  using stop = new StopSignals();
  return await action({ terminal, log, signal: stop.stopRequested });
}
