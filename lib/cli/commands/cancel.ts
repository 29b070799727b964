/**
 * `nanotrigger cancel`: cancels a job on all its hosts and prints the outcome per host.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { parseSignedTarget } from "../../nodeset/mod.ts";
import { FollowedJob } from "../../trigger/results/followed_job.ts";
import { findJob, pastHosts } from "../../trigger/queue/hub_queries.ts";
import { signedCancel } from "../../trigger/requests/submission.ts";
import { EXIT_LOST, EXIT_OK } from "../process/exit_code.ts";
import type { CancelOptions } from "./cancel_options.ts";
import { outcomeLines } from "../render/run_summary.ts";
import { shortId } from "../render/hub_tables.ts";
import { CommandResources } from "../session/command_resources.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { leaveJob } from "../session/end_following.ts";
import { type HubContext, withHub } from "../session/with_queue.ts";

/** Cancels a job; resolves with the exit status. */
export async function cancelJob(options: CancelOptions, terminal: Terminal): Promise<number> {
  await using resources = new CommandResources(options, terminal);
  const key = await resources.key();
  return await withHub(resources, async (context) => {
    const { queue, signal } = context;
    const { id, target, overAt } = await findJob(queue, options.job, signal);
    const before = new Set(await pastHosts(queue, `${id}:pending`, signal));
    if (overAt !== undefined || before.size === 0) {
      terminal.note(`job ${shortId(id)} has already ended`);
      return EXIT_OK;
    }
    const message = signedCancel({ job: id, target: parseSignedTarget(target) }, key);
    const { timeoutMs } = options;
    const followed = await followCancel(id, { ...context, message, timeoutMs });
    return await printOutcomes(followed, before, terminal);
  });
}

/** The context of a cancel. */
export interface CancelContext extends Omit<HubContext, "terminal"> {
  /** The signed cancel. */
  readonly message: HubMessage;
  /** The maximum time to follow the job, in milliseconds. */
  readonly timeoutMs: number;
}

/** Cancels the job, and follows it until it ends or `timeoutMs` milliseconds have passed. */
export async function followCancel(
  id: string,
  { queue, message, timeoutMs, signal }: CancelContext,
): Promise<FollowedJob> {
  const followed = new FollowedJob([], { outputCheck: "beginning" });
  const job = await queue.follow(id, followed);
  using limit = deadline(timeoutMs, { signal });
  using _leaving = onAbort(limit.signal, () => leaveJob(job, followed));
  if (!signal.aborted) job.cancel(message);
  await job.over;
  return followed;
}

/**
 * Prints the outcomes of the hosts of `before`, which were still running, and the hosts that have
 * not ended yet. Resolves with the exit status.
 */
async function printOutcomes(
  { outcomes, results }: FollowedJob,
  before: ReadonlySet<string>,
  terminal: Terminal,
): Promise<number> {
  const stopped = outcomes.filter(({ node }) => before.has(node));
  for (const line of outcomeLines(stopped)) await terminal.print(line);
  const done = [...results.keys()].filter((node) => !before.has(node));
  if (done.length > 0) await terminal.print(`${foldNodes(done)}: already ended`);
  const silent = [...before].filter((node) => !results.has(node));
  if (silent.length === 0) return EXIT_OK;
  await terminal.print(`${foldNodes(silent)}: cancel not confirmed`);
  return EXIT_LOST;
}
