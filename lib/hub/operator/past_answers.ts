/**
 * The hosts of past jobs, for the targets of operators. Imports its siblings.
 * @module
 */
import { parseJobReference } from "../job_reference.ts";
import { selectPastHosts } from "../past_hosts.ts";
import type { JobTable } from "../store/job_table.ts";
import type { PastAsk } from "./inquiries.ts";
import { foldedNames } from "./folded_names.ts";
import type { Speaker } from "./speaker.ts";

/**
 * Says the hosts that are meant, then that it has.
 * @returns why there are none to choose from, if so; nothing has been said then
 */
export function tellPast(ask: PastAsk, jobs: JobTable, speaker: Speaker): string | undefined {
  const reference = parseJobReference(ask.reference);
  if (reference.kind === "problem") return reference.problem;
  const selected = selectPastHosts(jobs, reference);
  if (selected.kind === "problem") return selected.problem;
  for (const names of foldedNames(selected.nodes)) speaker.say({ kind: "nodes", names });
  speaker.say({ kind: "done" });
  return undefined;
}
