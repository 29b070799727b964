/**
 * Replies to the queries of operators: hosts, jobs, hosts of a past job, and one host in one job.
 * @module
 */
import { foldInParts } from "../../protocol/operator/calls.ts";
import type {
  HostReply,
  HostsQuery,
  JobHostReply,
  JobReply,
  JobsQuery,
  PastHostsQuery,
  StreamTotals,
  WhyQuery,
} from "../../protocol/operator/queries.ts";
import type { SpokenProtocol } from "../../envelope/statements/session_statements.ts";
import { toFields } from "../../protocol/operator/state_reply.ts";
import { outcomeClass } from "../../protocol/job/host_state.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import type { Dispatcher } from "../jobs/dispatcher.ts";
import type { HostRegistry } from "../agents/host_registry.ts";
import { parseJobReference } from "../../protocol/operator/job_reference.ts";
import { selectPastHosts } from "../store/past_hosts.ts";
import type { HostRecord } from "../store/host_table.ts";
import type { HubStore } from "../store/hub_store.ts";
import type { HostTally, JobHostRecord, JobRecord, StreamRecord } from "../store/job_record.ts";
import type { ReadableJobs } from "./readable_jobs.ts";
import type { ReplyStream } from "./reply_stream.ts";

/** The sources of a host query. */
export interface HostSources {
  /** The dispatcher, to which agents attach. */
  readonly dispatcher: Dispatcher;
  /** The store of the hosts. */
  readonly store: HubStore;
  /** The registry of the hosts. */
  readonly hosts: HostRegistry;
}

/** The sources and the receiver of a host query. */
export interface HostWatcher {
  /** The sources of the hosts. */
  readonly sources: HostSources;
  /** The receiver of the replies. */
  readonly replies: ReplyStream;
}

/**
 * Replies with the hosts that are `named`, or all if none is, then that it is done. On request it
 * continues with changes, until disposed of.
 */
export function replyHosts(
  ask: HostsQuery,
  named: ReadonlySet<string>,
  { sources, replies }: HostWatcher,
): Disposable {
  const { dispatcher, store, hosts } = sources;
  const tell = (record: HostRecord) => {
    replies.send(describeHost(record, dispatcher.roster.get(record.name), ask));
  };
  const tellOf = (name: string) => {
    const record = store.hosts.get(name);
    if (record) tell(record);
  };
  if (named.size > 0) named.forEach(tellOf);
  else store.hosts.all().forEach(tell);
  replies.send({ kind: "done" });
  if (!ask.watch) return { [Symbol.dispose]() {} };
  return hosts.watch((name) => {
    if (named.size === 0 || named.has(name)) tellOf(name);
  });
}

/** Describes a host. */
export function describeHost(
  record: HostRecord,
  session: AgentSession | undefined,
  { facts }: Pick<HostsQuery, "facts">,
): HostReply {
  const { name, key, version, firstSeen, attachedSince, awaySince } = record;
  return {
    kind: "host",
    name,
    key,
    version,
    attached: session !== undefined,
    since: attachedSince ?? awaySince ?? firstSeen,
    firstSeen,
    ...(session && { remote: session.remote }),
    ...(facts && { facts: record.facts }),
    ...describeProtocol(session),
  };
}

/** Returns what an attached agent says of its protocol. A detached one may return upgraded. */
function describeProtocol(session: AgentSession | undefined): SpokenProtocol {
  const { protocol, capabilities } = session?.hello ?? {};
  return {
    ...(protocol !== undefined && { protocol }),
    ...(capabilities && { capabilities }),
  };
}

/** Replies with the selected jobs, newest first, then that it is done. */
export function replyJobs(ask: JobsQuery, jobs: ReadableJobs, replies: ReplyStream): void {
  for (const job of findJobs(ask, jobs)) replies.send(describeJob(job, jobs));
  replies.send({ kind: "done" });
}

function findJobs({ limit, prefix, node }: JobsQuery, jobs: ReadableJobs): JobRecord[] {
  if (prefix !== undefined) return jobs.find(prefix).flatMap((id) => jobs.get(id) ?? []);
  if (node !== undefined) return jobs.jobsOf(node, limit).map(({ job }) => job);
  return jobs.recent(limit);
}

/** Describes `job`. */
export function describeJob(job: JobRecord, jobs: ReadableJobs): JobReply {
  const { id, by, target, summary, submitted, deliverUntil, overAt } = job;
  return {
    kind: "job",
    id,
    by,
    target,
    summary,
    submitted,
    deliverUntil,
    ...(overAt !== undefined && { overAt }),
    counts: countStates(jobs.tally(id)),
  };
}

function countStates(tally: readonly HostTally[]): JobReply["counts"] {
  const counts: Record<string, number> = {};
  for (const { kind, outcome, hosts } of tally) {
    const name = outcome ? outcomeClass(outcome) : kind;
    counts[name] = (counts[name] ?? 0) + hosts;
  }
  return counts;
}

/**
 * Replies with the selected hosts, then that it is done.
 * @returns why there is no host to select from, if so; then no reply was sent
 */
export function replyPastHosts(
  ask: PastHostsQuery,
  jobs: ReadableJobs,
  replies: ReplyStream,
): string | undefined {
  const reference = parseJobReference(ask.reference);
  if (reference.kind === "problem") return reference.problem;
  const selected = selectPastHosts(jobs, reference);
  if (selected.kind === "problem") return selected.problem;
  for (const names of foldInParts(selected.nodes)) replies.send({ kind: "nodes", names });
  replies.send({ kind: "done" });
  return undefined;
}

/** The sources of an explanation. */
export interface ExplanationSources {
  /** The sources of the host. */
  readonly sources: HostSources;
  /** The jobs that the operator may read. */
  readonly jobs: ReadableJobs;
}

/**
 * Replies with the host, the job, and the host in the job, each if it is known; then that it is
 * done.
 */
export function replyWhy(
  { node, id }: WhyQuery,
  { sources: { dispatcher, store: { hosts } }, jobs }: ExplanationSources,
  replies: ReplyStream,
): void {
  const host = hosts.get(node);
  if (host) replies.send(describeHost(host, dispatcher.roster.get(node), { facts: false }));
  else replies.send({ kind: "absent", name: node });
  const job = id === undefined ? jobs.jobsOf(node, 1)[0]?.job : jobs.get(id);
  if (job) replies.send(describeJob(job, jobs));
  const record = job && jobs.host(job.id, node);
  if (record) replies.send(describeJobHost(record, host?.key));
  replies.send({ kind: "done" });
}

function describeJobHost(record: JobHostRecord, key: string | undefined): JobHostReply {
  const { node, state, outcome, pendingAt, deliveredAt, startedAt, endedAt } = record;
  return {
    kind: "trace",
    node,
    ...toFields(state),
    pendingAt,
    ...(deliveredAt !== undefined && { deliveredAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(outcome?.kind === "unverified" && { unverified: true }),
    ...(state.kind === "ended" && key !== undefined && { key }),
    stdout: streamTotals(record.stdout),
    stderr: streamTotals(record.stderr),
  };
}

function streamTotals({ total, stored }: StreamRecord): StreamTotals {
  return { total, stored };
}
