/**
 * The facade for scripts that run commands on many hosts: names only.
 *
 * Open a *queue* ({@linkcode openRemoteQueue} for a running hub, {@linkcode openLocalQueue} to be
 * the hub), select hosts with a *target* ({@linkcode parseTarget}, {@linkcode resolve}), and
 * iterate over {@linkcode trigger}, which runs a command on them and yields output and results.
 * @module
 */

export { generateSecretKey, type SecretKey } from "../envelope/keys/secret_key.ts";
export { decodeSecretKey } from "../envelope/keys/secret_key.ts";
export { ALL_NODES, parseTarget, type Target, targetOfNames } from "../nodeset/mod.ts";
export { foldNodes, parseNodeSet } from "../nodeset/sets/node_set.ts";
export { ipc, tcp } from "../sp/mod.ts";
export {
  explain,
  findJob,
  forgetHosts,
  type HostExplanation,
  type HostInfo,
  type JobHostInfo,
  type JobInfo,
  listHosts,
  listJobs,
  pastHosts,
} from "./queue/hub_queries.ts";
export { UserError } from "../base/errors.ts";
export { type ResultGroup, ResultGrouper } from "./results/result_groups.ts";
export type { HostResult } from "./results/host_result.ts";
export { type LocalQueue, type LocalQueueOptions, openLocalQueue } from "./queue/local_queue.ts";
export { type HostOutcome, outcomeClass } from "../protocol/job/host_state.ts";
export { type AliveHost, ping, type PingReport } from "./queue/ping.ts";
export type { KnownHost, Queue, SubmittedJob } from "./queue/queue.ts";
export {
  openRemoteQueue,
  type RemoteQueue,
  type RemoteQueueOptions,
} from "./queue/remote_queue.ts";
export { resolve, type ResolvedHosts } from "./targets/resolve.ts";
export { trigger, type TriggerEvent, type TriggerOptions, type TriggerRequest } from "./trigger.ts";
