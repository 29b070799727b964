/**
 * Queries a hub that runs by itself: jobs, hosts, hosts of past jobs, and what became of one host
 * in one job.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { isFinal, type VerifiedFinalState } from "../../protocol/job/host_state.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";
import { nodesCalls, type OperatorCall } from "../../protocol/operator/calls.ts";
import type { HostReply, JobHostReply, JobReply } from "../../protocol/operator/queries.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import { fromReply } from "../../protocol/operator/state_reply.ts";
import { verifyResult } from "../results/verify_result.ts";

/** The hub, as far as it is asked for lists. */
export interface QueryableHub {
  /** Asks for a list; see `OperatorLink.list`. */
  list(asks: readonly OperatorCall[], signal?: AbortSignal): Promise<readonly HubReply[]>;
}

/** One job. */
export type JobInfo = Omit<JobReply, "kind">;

/** One host. */
export type HostInfo = Omit<HostReply, "kind">;

/** What became of one host in one job. */
export interface JobHostInfo extends Omit<JobHostReply, "kind" | "result" | "key"> {
  /** How it ended, as far as that is proven, if it has. */
  readonly end?: VerifiedFinalState;
}

/** What is known of one host and one job. */
export interface HostExplanation {
  /** The host, if the hub knows it. */
  readonly host?: HostInfo;
  /** The job, if there is one. */
  readonly job?: JobInfo;
  /** The host in the job, if it is meant. */
  readonly trace?: JobHostInfo;
}

/** Which jobs are asked for. */
export interface JobFilter {
  /** How many at most. */
  readonly limit: number;
  /** Only those that are meant for this host. */
  readonly node?: string;
}

/** The jobs of a hub, the newest first. */
export async function listJobs(
  hub: QueryableHub,
  filter: JobFilter,
  signal?: AbortSignal,
): Promise<readonly JobInfo[]> {
  return (await hub.list([{ kind: "jobs", ...filter }], signal))
    .filter((answer) => answer.kind === "job");
}

/**
 * The job that is meant by `last`, or by the beginning of its id.
 * @throws {UserError} if there is none, or more than one
 */
export async function findJob(
  hub: QueryableHub,
  name: string,
  signal?: AbortSignal,
): Promise<JobInfo> {
  const prefix = name === "last" ? undefined : name;
  const limit = prefix === undefined ? 1 : MAX_FOUND;
  const ask = { kind: "jobs", limit, ...(prefix !== undefined && { prefix }) } as const;
  const [job, ...others] = (await hub.list([ask], signal))
    .filter((answer) => answer.kind === "job");
  if (!job) throw noJob(prefix);
  if (others.length === 0) return job;
  const ids = [job, ...others].map(({ id }) => id).join(", ");
  throw new UserError(`more than one job has an id that begins so: ${ids}`, {
    hint: "write more of it",
  });
}

const MAX_FOUND = 10;

function noJob(prefix: string | undefined): UserError {
  return prefix === undefined
    ? new UserError("there is no job yet")
    : new UserError(`no job has an id that begins with ${prefix}`, {
      hint: "nanotrigger jobs lists those that the hub has kept",
    });
}

/** Which hosts are asked for, and what of them. */
export interface HostFilter {
  /** Whether to say their facts, too; not by default. */
  readonly facts?: boolean;
  /** The names of those that are asked for; all if there are none. */
  readonly only?: readonly string[];
}

/** The hosts that a hub knows. */
export async function listHosts(
  hub: QueryableHub,
  { facts = false, only = [] }: HostFilter,
  signal?: AbortSignal,
): Promise<readonly HostInfo[]> {
  return (await hub.list([...nodesCalls(only), { kind: "hosts", facts, watch: false }], signal))
    .filter((answer) => answer.kind === "host");
}

/** Has a hub forget hosts, so that they may come with new keys. */
export async function forgetHosts(
  hub: QueryableHub,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await hub.list([...nodesCalls(names), { kind: "forget" }], signal);
}

/**
 * The names of the hosts that `reference` means, such as `last:failed`.
 * @throws {UserError} if there is no such job, or it is no reference
 */
export async function pastHosts(
  hub: QueryableHub,
  reference: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return (await hub.list([{ kind: "past", reference }], signal))
    .flatMap((answer) => answer.kind === "nodes" ? [...parseNodeSet(answer.names)] : []);
}

/** What became of `node` in the job `id`, or in the newest that is meant for it. */
export async function explain(
  hub: QueryableHub,
  { node, id, pins }: { readonly node: string; readonly id?: string; readonly pins: PinnedKeys },
  signal?: AbortSignal,
): Promise<HostExplanation> {
  const answers = await hub.list([{ kind: "why", node, ...(id !== undefined && { id }) }], signal);
  const host = answers.find((answer) => answer.kind === "host");
  const job = answers.find((answer) => answer.kind === "job");
  const trace = answers.find((answer) => answer.kind === "trace");
  return {
    ...(host && { host }),
    ...(job && { job }),
    ...(job && trace && { trace: verifyEnd(trace, { id: job.id, pins }) }),
  };
}

function verifyEnd(
  { kind: _kind, result, key, ...trace }: JobHostReply,
  of: { readonly id: string; readonly pins: PinnedKeys },
): JobHostInfo {
  const state = fromReply({ ...trace, ...(result !== undefined && { result }) });
  if (!isFinal(state)) return trace;
  if (state.kind !== "ended") return { ...trace, end: state };
  const { envelope } = state;
  return { ...trace, end: verifyResult({ node: trace.node, envelope, key }, of) };
}
