/**
 * Runs a command that only a running hub can answer, such as `jobs`, `cancel` and `why`.
 * @module
 */
import type { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { StopSignals } from "../program/stop_signals.ts";
import { revokeRootRead } from "../sandbox/permissions.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { OperatorSession } from "./operator_session.ts";

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
 * Connects to the hub and does `action`. No private file can be read from then on.
 * @throws {UserError} if no hub runs here
 */
export async function withHub<T>(
  session: OperatorSession,
  action: (place: HubContext) => Promise<T>,
): Promise<T> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  const queue = await session.requireHub(signal);
  revokeRootRead();
  return await action({ queue, terminal: session.terminal, signal });
}

/** As {@linkcode withHub}, where perhaps no hub runs. */
export async function withHubIfAny<T>(
  session: OperatorSession,
  action: (place: Omit<HubContext, "queue"> & { readonly queue?: RemoteQueue }) => Promise<T>,
): Promise<T> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  const queue = await session.findHub(signal);
  if (queue) revokeRootRead();
  return await action({ terminal: session.terminal, signal, ...(queue && { queue }) });
}
