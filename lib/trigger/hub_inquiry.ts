/**
 * What a hub that runs by itself knows, as lists. Imports `envelope`, `hub` and `nodeset`.
 * @module
 */
import { type HostState, isFinal } from "../hub/host_state.ts";
import type { Answer } from "../hub/operator/answers.ts";
import type { Ask } from "../hub/operator/asks.ts";
import type { HostAnswer } from "../hub/operator/host_answer.ts";
import type { JobAnswer } from "../hub/operator/job_answer.ts";
import type { TraceAnswer } from "../hub/operator/trace_answer.ts";
import type { Pins } from "../hub/roster.ts";
import { parseNodeSet } from "../nodeset/sets/node_set.ts";
import { QueueError } from "./errors.ts";
import { nodesAsks } from "./nodes_asks.ts";
import { provenResult } from "./proven_result.ts";

/** The hub, as far as it is asked for lists. */
export interface Informant {
  /** Asks for a list; see `OperatorLink.list`. */
  list(asks: readonly Ask[], signal?: AbortSignal): Promise<readonly Answer[]>;
}

/** One job. */
export type JobInfo = Omit<JobAnswer, "kind">;

/** One host. */
export type HostInfo = Omit<HostAnswer, "kind">;

/** What became of one host in one job. */
export interface Trace extends Omit<TraceAnswer, "kind" | "result" | "key"> {
  /** How it ended, as far as that is proven, if it has. */
  readonly end?: HostState;
}

/** What is known of one host and one job. */
export interface Explanation {
  /** The host, if the hub knows it. */
  readonly host?: HostInfo;
  /** The job, if there is one. */
  readonly job?: JobInfo;
  /** The host in the job, if it is meant. */
  readonly trace?: Trace;
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
  hub: Informant,
  filter: JobFilter,
  signal?: AbortSignal,
): Promise<readonly JobInfo[]> {
  return (await hub.list([{ kind: "jobs", ...filter }], signal))
    .filter((answer) => answer.kind === "job");
}

/**
 * The job that is meant by `last`, or by the beginning of its id.
 * @throws {QueueError} if there is none, or more than one
 */
export async function findJob(
  hub: Informant,
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
  throw new QueueError(`more than one job has an id that begins so: ${ids}`, "write more of it");
}

const MAX_FOUND = 10;

function noJob(prefix: string | undefined): QueueError {
  return prefix === undefined ? new QueueError("there is no job yet") : new QueueError(
    `no job has an id that begins with ${prefix}`,
    "nanotrigger jobs lists those that the hub has kept",
  );
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
  hub: Informant,
  { facts = false, only = [] }: HostFilter,
  signal?: AbortSignal,
): Promise<readonly HostInfo[]> {
  return (await hub.list([...nodesAsks(only), { kind: "hosts", facts, watch: false }], signal))
    .filter((answer) => answer.kind === "host");
}

/** Has a hub forget hosts, so that they may come with new keys. */
export async function forgetHosts(
  hub: Informant,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await hub.list([...nodesAsks(names), { kind: "forget" }], signal);
}

/**
 * The names of the hosts that `reference` means, such as `last:failed`.
 * @throws {QueueError} if there is no such job, or it is no reference
 */
export async function pastHosts(
  hub: Informant,
  reference: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return (await hub.list([{ kind: "past", reference }], signal))
    .flatMap((answer) => answer.kind === "nodes" ? [...parseNodeSet(answer.names)] : []);
}

/** What became of `node` in the job `id`, or in the newest that is meant for it. */
export async function explain(
  hub: Informant,
  { node, id, pins }: { readonly node: string; readonly id?: string; readonly pins: Pins },
  signal?: AbortSignal,
): Promise<Explanation> {
  const answers = await hub.list([{ kind: "why", node, ...(id !== undefined && { id }) }], signal);
  const host = answers.find((answer) => answer.kind === "host");
  const job = answers.find((answer) => answer.kind === "job");
  const trace = answers.find((answer) => answer.kind === "trace");
  return {
    ...(host && { host }),
    ...(job && { job }),
    ...(job && trace && { trace: proven(trace, { id: job.id, pins }) }),
  };
}

function proven(
  { kind: _kind, result, key, ...trace }: TraceAnswer,
  of: { readonly id: string; readonly pins: Pins },
): Trace {
  const { node, state, reason } = trace;
  if (state === "lost") return { ...trace, end: { kind: state, reason: reason ?? "" } };
  if (state === "expired" && reason !== undefined) {
    return { ...trace, end: { kind: state, reason } };
  }
  if (state !== "ended") {
    return isFinal({ kind: state }) ? { ...trace, end: { kind: state } } : trace;
  }
  const shown = {
    node,
    ...(result !== undefined && { result }),
    ...(key !== undefined && { key }),
  };
  return { ...trace, end: provenResult(shown, of) };
}
