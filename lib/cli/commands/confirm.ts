/**
 * `nanotrigger confirm JOB -w SET`: confirms the changes of a job, so that hosts do not undo them.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import type { Dispatcher } from "../../hub/jobs/dispatcher.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { Target } from "../../nodeset/mod.ts";
import { LocalQueue } from "../../trigger/queue/local_queue.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { waitForAgents } from "../../trigger/queue/wait_for_agents.ts";
import { signedConfirm } from "../../trigger/requests/submission.ts";
import { type EndedHost, FollowedJob } from "../../trigger/results/followed_job.ts";
import { isSigned } from "../../trigger/results/host_result.ts";
import { UserError } from "../../base/errors.ts";
import { exitCode } from "../program/exit_code.ts";
import type { ConfirmOptions } from "./confirm_options.ts";
import { groupSourcesWithJobs } from "../session/operator_session.ts";
import { outcomeLines } from "../render/run_summary.ts";
import { readTarget } from "../targets/read_target.ts";
import { OperatorSession } from "../session/operator_session.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type CommandContext, withQueue } from "../session/with_queue.ts";

/** How long a host may take to sign that it keeps a change, in milliseconds. */
const ANSWER_MS = 5_000;

/** Confirms; resolves with the exit status. */
export async function confirmJob(options: ConfirmOptions, terminal: Terminal): Promise<number> {
  await using session = new OperatorSession(options, terminal);
  const target = await readTarget(options.target, groupSourcesWithJobs(session));
  const key = await session.key();
  const { job: id, deliveryTimeoutMs } = options;
  const needs = { ...options, insecure: false, execution: { deliveryTimeoutMs } };
  return await withQueue(needs, session, async (place) => {
    const { signal } = place;
    // The hosts may have printed before, where nobody follows any more.
    const followed = new FollowedJob([], { outputCheck: "none" });
    const job = await findJobToConfirm(id, { ...place, target, followed });
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

/** The job, at a hub that has kept it or with the hosts that have. */
async function findJobToConfirm(id: string, search: JobSearch): Promise<SubmittedJob> {
  const { queue, resolveHosts, timeLeft, signal, target, followed } = search;
  if (queue instanceof RemoteQueue) return await queue.follow(id, followed);
  if (!(queue instanceof LocalQueue)) throw new TypeError("a queue of another kind");
  const { hub } = queue;
  const named = await resolveHosts(target);
  await waitForAgents(hub, { expect: named, maxMs: timeLeft(), signal });
  const nodes = await hostsWithJob(id, { ...search, hub, nodes: named });
  // They have it already: nothing but the confirmation is sent to them.
  const message = { kind: "ping" } as const;
  const times = { deliverMs: ANSWER_MS, runMs: ANSWER_MS };
  return hub.submit({ id, digest: "", message, nodes, held: true, ...times }, followed);
}

/** Those of `nodes` that have said that the job is not over with them. */
async function hostsWithJob(
  id: string,
  { hub, nodes, terminal }: {
    readonly hub: Dispatcher;
    readonly nodes: readonly string[];
    readonly terminal: Terminal;
  },
): Promise<readonly string[]> {
  const has = (node: string) => hub.roster.get(node)?.hello.running.includes(id) === true;
  const [having, others] = [nodes.filter(has), nodes.filter((node) => !has(node))];
  if (having.length === 0) {
    throw new UserError(`${foldNodes(others)}: there is nothing to confirm under this id`, {
      hint: "it was confirmed or undone before, or it was never there, or the host is away",
    });
  }
  if (others.length > 0) await terminal.warning(`${foldNodes(others)}: nothing to confirm there`);
  return having;
}

/** How the hosts have answered: only what they have signed is an answer. */
function confirmations({ results }: FollowedJob): readonly EndedHost[] {
  const reason = "it does not wait for a confirmation, or not for one of this key";
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
