/**
 * Looks up the hosts of past jobs (`@job:last:failed`) at the hub of the command.
 * @module
 */
import { pastHosts } from "../../trigger/queue/hub_queries.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { StopSignals } from "../program/stop_signals.ts";
import type { GroupSources } from "../targets/groups.ts";
import type { OperatorSession } from "./operator_session.ts";

/**
 * Returns where groups are looked up, past jobs among them. Connects to the hub only if a target
 * names a past job; throws a {@linkcode UserError} if no hub runs then.
 */
export function groupSourcesWithJobs(session: OperatorSession): GroupSources {
  return {
    ...findInstallationPaths().groups,
    jobs: (_reference, text) => askHub(text, session),
  };
}

async function askHub(reference: string, session: OperatorSession): Promise<readonly string[]> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  return await pastHosts(await session.requireHub(signal), reference, signal);
}
