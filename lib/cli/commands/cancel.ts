/**
 * `nanotrigger cancel`: cancels a job on all its hosts and prints the outcome per host.
 * @module
 */
import { type HostOutcome, isFinal } from "../../protocol/job/host_state.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { parseSignedTarget } from "../../nodeset/mod.ts";
import { collectHostResults } from "../../trigger/results/host_result.ts";
import { findJob, pastHosts } from "../../trigger/queue/hub_queries.ts";
import { signedCancel } from "../../trigger/requests/submission.ts";
import { EXIT_LOST, EXIT_OK } from "../program/exit_code.ts";
import { openOperatorKey } from "../keys/operator_key.ts";
import type { CancelOptions } from "./cancel_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { outcomeLines } from "../render/run_summary.ts";
import { shortId } from "../render/hub_tables.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type HubContext, withHub } from "../session/with_hub.ts";

/** Cancels; resolves with the exit status. */
export async function cancelJob(options: CancelOptions, terminal: Terminal): Promise<number> {
  const key = await openOperatorKey(options, findInstallationPaths(), terminal);
  return await withHub(options, terminal, async (place) => {
    const { queue, signal } = place;
    const { id, target, overAt } = await findJob(queue, options.job, signal);
    const before = new Set(await pastHosts(queue, `${id}:pending`, signal));
    if (overAt !== undefined || before.size === 0) {
      terminal.note(`job ${shortId(id)} was over before`);
      return EXIT_OK;
    }
    const message = signedCancel({ job: id, target: parseSignedTarget(target) }, key);
    const ends = await waitForOutcomes(id, { ...place, message, timeoutMs: options.timeoutMs });
    return await printOutcomes(ends, before, terminal);
  });
}

interface CancelContext extends HubContext {
  readonly message: ReturnType<typeof signedCancel>;
  readonly timeoutMs: number;
}

/** How the hosts have ended that do so in time. */
async function waitForOutcomes(
  id: string,
  place: CancelContext,
): Promise<ReadonlyMap<string, HostOutcome>> {
  const { queue, message, timeoutMs, signal } = place;
  const ends = new Map<string, HostOutcome>();
  const gathered = collectHostResults({
    output() {},
    ended: (node, { outcome }) => void ends.set(node, outcome),
  });
  let isWaiting = true;
  const job = await queue.follow(id, {
    ...gathered,
    state: (node, state) => isWaiting || !isFinal(state) ? gathered.state(node, state) : undefined,
  });
  const leave = () => {
    isWaiting = false;
    job.giveUp();
  };
  const timer = setTimeout(leave, timeoutMs);
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  else job.cancel(message);
  await job.over;
  clearTimeout(timer);
  signal.removeEventListener("abort", leave);
  return ends;
}

/** Says how those ended that had not before, and who has not said so. */
async function printOutcomes(
  ends: ReadonlyMap<string, HostOutcome>,
  before: ReadonlySet<string>,
  terminal: Terminal,
): Promise<number> {
  const stopped = [...ends].filter(([node]) => before.has(node));
  const lines = outcomeLines(stopped.map(([node, outcome]) => ({ node, outcome })));
  for (const line of lines) await terminal.print(line);
  const done = [...ends.keys()].filter((node) => !before.has(node));
  if (done.length > 0) await terminal.print(`${foldNodes(done)}: had ended before`);
  const silent = [...before].filter((node) => !ends.has(node));
  if (silent.length === 0) return EXIT_OK;
  await terminal.print(`${foldNodes(silent)}: has not said that it is stopped`);
  return EXIT_LOST;
}
