/**
 * The hosts of past jobs, asked of the hub when a target speaks of them.
 * @module
 */
import { systemClock } from "../base/clock.ts";
import { pastHosts } from "../trigger/queue/hub_queries.ts";
import type { GroupPlaces } from "./group_lookup.ts";
import { Log } from "./log.ts";
import { requireHub } from "./session/open_queue.ts";
import type { KeyChoice } from "./args/key_options.ts";
import type { LogChoice } from "./args/log_options.ts";
import type { QueueChoice } from "./args/queue_options.ts";
import { findPlaces } from "./places.ts";
import { StopSignals } from "./program/stop_signals.ts";
import type { Terminal } from "./terminal.ts";

/** Which hub knows the jobs, and who asks. */
export type PastJobsChoice = Pick<QueueChoice, "hub"> & LogChoice & Partial<KeyChoice>;

/**
 * Where groups are looked up, past jobs among them. The hub is connected to only if a target speaks
 * of one; a {@linkcode UserError} says so if there is none.
 */
export function groupsAndJobs(choice: PastJobsChoice, terminal: Terminal): GroupPlaces {
  return {
    ...findPlaces().groups,
    jobs: (_reference, text) => ask(text, choice, terminal),
  };
}

async function ask(
  reference: string,
  choice: PastJobsChoice,
  terminal: Terminal,
): Promise<readonly string[]> {
  const { logFormat, verbosity } = choice;
  const program = "nanotrigger";
  using log = new Log({ program, terminal, format: logFormat, verbosity, clock: systemClock });
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  await using hub = await requireHub(choice, { terminal, log, signal, readsOn: true });
  return await pastHosts(hub, reference, signal);
}
