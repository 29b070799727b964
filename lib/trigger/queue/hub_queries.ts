/**
 * Queries a hub daemon: jobs, hosts, hosts of past jobs, and the state of one host in one job.
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

/** A hub that answers queries. */
export interface QueryableHub {
  /** Sends `calls` and returns all replies; see `HubConnection.list`. */
  list(calls: readonly OperatorCall[], signal?: AbortSignal): Promise<readonly HubReply[]>;
}

/** A job. */
export type JobInfo = Omit<JobReply, "kind">;

/** A host. */
export type HostInfo = Omit<HostReply, "kind">;

/** The state of one host in one job. */
export interface JobHostInfo extends Omit<JobHostReply, "kind" | "result" | "key"> {
  /** The final state, if it has one; `lost` if the result cannot be verified. */
  readonly end?: VerifiedFinalState;
}

/** A host, a job, and the host in this job. */
export interface HostExplanation {
  /** The host, if the hub knows it. */
  readonly host?: HostInfo;
  /** The job, if there is one. */
  readonly job?: JobInfo;
  /** The host in the job, if the target selects it. */
  readonly trace?: JobHostInfo;
}

/** Selects jobs. */
export interface JobFilter {
  /** The most jobs to return. */
  readonly limit: number;
  /** Only jobs with this host in their target. */
  readonly node?: string;
}

/** Returns the jobs of a hub, newest first. */
export async function listJobs(
  hub: QueryableHub,
  filter: JobFilter,
  signal?: AbortSignal,
): Promise<readonly JobInfo[]> {
  return (await hub.list([{ kind: "jobs", ...filter }], signal))
    .filter((reply) => reply.kind === "job");
}

/**
 * Returns the newest job for `last`, or the job whose id begins with `name`.
 * @throws {UserError} if no job matches, or more than one
 */
export async function findJob(
  hub: QueryableHub,
  name: string,
  signal?: AbortSignal,
): Promise<JobInfo> {
  const prefix = name === "last" ? undefined : name;
  const limit = prefix === undefined ? 1 : MAX_FOUND;
  const query = { kind: "jobs", limit, ...(prefix !== undefined && { prefix }) } as const;
  const [job, ...others] = (await hub.list([query], signal))
    .filter((reply) => reply.kind === "job");
  if (!job) throw noJob(prefix);
  if (others.length === 0) return job;
  const ids = [job, ...others].map(({ id }) => id).join(", ");
  throw new UserError(`more than one job matches: ${ids}`, {
    hint: "give more digits of the id",
  });
}

const MAX_FOUND = 10;

function noJob(prefix: string | undefined): UserError {
  return prefix === undefined
    ? new UserError("no jobs yet")
    : new UserError(`no such job: ${prefix}`, {
      hint: "list the stored jobs with nanotrigger jobs",
    });
}

/** Selects hosts. */
export interface HostFilter {
  /** Whether to return their facts; false by default. */
  readonly facts?: boolean;
  /** The names of the hosts; without names all hosts. */
  readonly only?: readonly string[];
}

/** Returns the hosts that a hub knows. */
export async function listHosts(
  hub: QueryableHub,
  { facts = false, only = [] }: HostFilter,
  signal?: AbortSignal,
): Promise<readonly HostInfo[]> {
  return (await hub.list([...nodesCalls(only), { kind: "hosts", facts, watch: false }], signal))
    .filter((reply) => reply.kind === "host");
}

/** Removes hosts from a hub, so that they may attach with new keys. */
export async function forgetHosts(
  hub: QueryableHub,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await hub.list([...nodesCalls(names), { kind: "forget" }], signal);
}

/**
 * Returns the names of the hosts of a past job, such as `last:failed`.
 * @throws {UserError} if there is no such job, or the reference is malformed
 */
export async function pastHosts(
  hub: QueryableHub,
  reference: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return (await hub.list([{ kind: "past", reference }], signal))
    .flatMap((reply) => reply.kind === "nodes" ? [...parseNodeSet(reply.names)] : []);
}

/** Returns the state of `node` in the job `id`, or in the newest job with this host. */
export async function explain(
  hub: QueryableHub,
  { node, id, pins }: { readonly node: string; readonly id?: string; readonly pins: PinnedKeys },
  signal?: AbortSignal,
): Promise<HostExplanation> {
  const replies = await hub.list([{ kind: "why", node, ...(id !== undefined && { id }) }], signal);
  const host = replies.find((reply) => reply.kind === "host");
  const job = replies.find((reply) => reply.kind === "job");
  const trace = replies.find((reply) => reply.kind === "trace");
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
