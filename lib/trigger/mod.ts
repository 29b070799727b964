/**
 * What scripts use to run commands on many hosts. This file only names things.
 *
 * A *queue* is opened ({@linkcode openRemoteQueue}: a hub that runs; {@linkcode openLocalQueue}: this
 * process is the queue), a *target* says which hosts are meant ({@linkcode parseTarget},
 * {@linkcode resolve}), and {@linkcode trigger} runs a command on them and yields what comes back.
 * @module
 */
export { generateSecretKey, type SecretKey } from "../envelope/keys/secret_key.ts";
export { decodeSecretKey } from "../envelope/keys/secret_key.ts";
export { ALL_NODES, parseTarget, type Target, targetOfNames } from "../nodeset/mod.ts";
export { foldNodes, parseNodeSet } from "../nodeset/sets/node_set.ts";
export { ipc, tcp } from "../sp/mod.ts";
export {
  explain,
  type Explanation,
  findJob,
  forgetHosts,
  type HostInfo,
  type JobInfo,
  listHosts,
  listJobs,
  pastHosts,
  type Trace,
} from "./hub_inquiry.ts";
export { QueueError } from "./errors.ts";
export { type FoldedResult, Folder } from "./fold.ts";
export type { NodeEnd } from "./gather.ts";
export { type LocalQueue, type LocalQueueOptions, openLocalQueue } from "./local_queue.ts";
export { type NodeOutcome, outcomeClass } from "./outcome.ts";
export { type AliveHost, ping, type PingReport } from "./ping.ts";
export type { KnownHost, Queue, QueueJob } from "./queue.ts";
export { openRemoteQueue, type RemoteQueue, type RemoteQueueOptions } from "./remote_queue.ts";
export { resolve, type Resolved } from "./resolve.ts";
export { trigger, type TriggerEvent, type TriggerOptions, type TriggerWish } from "./trigger.ts";
