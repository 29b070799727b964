/**
 * `nanotrigger confirm JOB -w SET`: confirms the changes of a job, so that hosts do not roll them
 * back.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import type { Dispatcher } from "../../hub/jobs/dispatcher.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { Target } from "../../nodeset/mod.ts";
import { LocalQueue, waitForAgents } from "../../trigger/queue/local_queue.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { signedConfirm } from "../../trigger/requests/submission.ts";
import { type EndedHost, FollowedJob } from "../../trigger/results/followed_job.ts";
import { isSigned } from "../../trigger/results/host_result.ts";
import { UserError } from "../../base/errors.ts";
import { exitCode } from "../process/exit_code.ts";
import type { ConfirmOptions } from "./confirm_options.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { outcomeLines } from "../render/run_summary.ts";
import { readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type CommandContext, withQueue } from "../session/with_queue.ts";

/** The time for a host to sign that it keeps a change, in milliseconds. */
const ANSWER_MS = 5_000;

/** Confirms a job; resolves with the exit status. */
export async function confirmJob(options: ConfirmOptions, terminal: Terminal): Promise<number> {
  await using resources = new CommandResources(options, terminal);
  const target = await readTarget(options.target, groupSourcesWithJobs(resources));
  const key = await resources.key();
  const { job: id, deliveryTimeoutMs } = options;
  const needs = { ...options, insecure: false, execution: { deliveryTimeoutMs } };
  return await withQueue(needs, resources, async (context) => {
    const { signal } = context;
    // The hosts may have printed output earlier, which is no longer followed.
    const followed = new FollowedJob([], { outputCheck: "none" });
    const job = await findJobToConfirm(id, { ...context, target, followed });
    job.confirm(signedConfirm({ job: id, target }, key));
    await waitForAnswers(job, signal);
    const ends = confirmations(followed);
    outcomeLines(ends).forEach((line) => terminal.note(line));
    return exitCode(ends.map(({ outcome }) => outcome), { interrupted: signal.aborted });
  });
}

interface JobSearch extends CommandContext {
  readonly target: Target;
  readonly followed: FollowedJob;
}

/** Returns the job, from a hub that stores it or from the hosts that still have it. */
async function findJobToConfirm(id: string, search: JobSearch): Promise<SubmittedJob> {
  const { queue, resolveHosts, timeLeft, signal, target, followed } = search;
  if (queue instanceof RemoteQueue) return await queue.follow(id, followed);
  if (!(queue instanceof LocalQueue)) throw new TypeError("unknown kind of queue");
  const { dispatcher } = queue;
  const named = await resolveHosts(target);
  await waitForAgents(dispatcher, { expect: named, maxMs: timeLeft(), signal });
  const nodes = await hostsWithJob(id, { ...search, dispatcher, nodes: named });
  // The hosts already have the request. They only get the confirmation.
  const message = { kind: "ping" } as const;
  const times = { deliverMs: ANSWER_MS, runMs: ANSWER_MS };
  return dispatcher.submit({ id, digest: "", message, nodes, held: true, ...times }, followed);
}

/** Returns those of `nodes` whose agents report that the job has not ended. */
async function hostsWithJob(
  id: string,
  { dispatcher, nodes, terminal }: {
    readonly dispatcher: Dispatcher;
    readonly nodes: readonly string[];
    readonly terminal: Terminal;
  },
): Promise<readonly string[]> {
  const has = (node: string) => dispatcher.roster.get(node)?.hello.running.includes(id) === true;
  const [having, others] = [nodes.filter(has), nodes.filter((node) => !has(node))];
  if (having.length === 0) {
    throw new UserError(`${foldNodes(others)}: nothing to confirm for this job`, {
      hint: "check the job id; the change may be confirmed or undone already",
    });
  }
  if (others.length > 0) await terminal.warning(`${foldNodes(others)}: nothing to confirm`);
  return having;
}

/** Returns the outcome of each host. Only signed results count. */
function confirmations({ results }: FollowedJob): readonly EndedHost[] {
  const reason = "nothing to confirm, or your key may not confirm it";
  return [...results].map(([node, result]) => ({
    node,
    outcome: isSigned(result) ? result.outcome : { kind: "lost", reason },
  }));
}

async function waitForAnswers(job: SubmittedJob, signal: AbortSignal): Promise<void> {
  using limit = deadline(ANSWER_MS, { signal });
  using _givingUp = onAbort(limit.signal, () => job.giveUp());
  await job.over;
}
