/**
 * Looks up the hosts of past jobs (`@job:last:failed`) at the hub. The connection is opened only if
 * a target names a job.
 * @module
 */
import { systemClock } from "../../base/clock.ts";
import { pastHosts } from "../../trigger/queue/hub_queries.ts";
import type { GroupSources } from "../targets/groups.ts";
import { Log } from "../log/log.ts";
import { requireHub } from "./open_queue.ts";
import type { KeyChoice } from "../args/key_options.ts";
import type { LogChoice } from "../args/log_options.ts";
import type { QueueChoice } from "../args/queue_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { StopSignals } from "../program/stop_signals.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Which hub knows the jobs, and who asks. */
export type PastJobsChoice = Pick<QueueChoice, "hub"> & LogChoice & Partial<KeyChoice>;

/**
 * Where groups are looked up, past jobs among them. The hub is connected to only if a target speaks
 * of one; a {@linkcode UserError} says so if there is none.
 */
export function groupSourcesWithJobs(choice: PastJobsChoice, terminal: Terminal): GroupSources {
  return {
    ...findInstallationPaths().groups,
    jobs: (_reference, text) => askHub(text, choice, terminal),
  };
}

async function askHub(
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
