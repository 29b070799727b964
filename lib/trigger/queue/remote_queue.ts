/**
 * A queue at a hub daemon. It reconnects, so that jobs survive a lost connection and a restart of the
 * hub. Hosts for which the hub and the operator have pinned different keys are excluded from a job
 * and end as `expired`.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { fullJitter } from "../../base/backoff.ts";
import { type Clock, MAX_TIMER_MS, systemClock } from "../../base/clock.ts";
import { UserError } from "../../base/errors.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import { LEGACY_ALL_HOSTS } from "../../protocol/legacy_command.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import { encodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import type { JobSink, VerifiedState } from "../../protocol/job/host_state.ts";
import { MAX_SUMMARY, nodesCalls, type OperatorCall } from "../../protocol/operator/calls.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";
import { isOtherKey, otherKeyReason } from "../results/verify_result.ts";
import { connectHub, type ConnectionOptions, type HubConnection } from "./hub_connection.ts";
import { listHosts, pastHosts, type QueryableHub } from "./hub_queries.ts";
import { remotePing } from "./ping.ts";
import {
  capabilitiesByName,
  type JobSubmission,
  type KnownHost,
  type Queue,
  type QueuePing,
  type QueuePingSink,
  type SubmittedJob,
  type UnsignedCommands,
  type WaitOptions,
} from "./queue.ts";
import { inputFields, RemoteJob } from "./remote_job.ts";

/** Options of a queue at a hub daemon. */
export interface RemoteQueueOptions extends ConnectionOptions {
  /** The pinned keys of the agents. */
  readonly pins: PinnedKeys;
  /** Called when the connection is lost, and when it is back. Must not throw. */
  readonly onEvent?: (event: "lost" | "back") => void;
}

const REDIAL = { baseMs: 200, maxMs: 2_000 };
/** How long to redial after a lost connection, in milliseconds. */
const MAX_REDIAL_MS = 300_000;
const HUB_LOST = "connection to the hub lost and not restored";

/** A queue at a hub daemon. Closing it does not affect jobs. */
export class RemoteQueue implements Queue {
  /** Jobs continue at the hub. */
  readonly lasting = true;
  readonly #options: RemoteQueueOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #jobs = new Set<RemoteJob>();
  readonly #hosts = new Map<string, KnownHost>();
  /** Whether no job was submitted since the hosts were listed. */
  #hasFreshHosts = false;
  #connection: HubConnection;
  /** Notified when the connection is replaced, or given up. */
  readonly #connectionChanged = new Notifier();
  /** Whether the connection was given up. */
  #isLost = false;
  readonly #reconnecting: Promise<void>;

  /** Use {@linkcode openRemoteQueue} instead. */
  constructor(options: RemoteQueueOptions, connection: HubConnection) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#connection = connection;
    this.#reconnecting = this.#reconnect();
  }

  /** Lists the hosts that the hub knows, attached or not. No agent has to be waited for. */
  async waitForAgents({ signal }: Pick<WaitOptions, "signal">): Promise<void> {
    const hosts = await listHosts(this, { facts: true }, signal);
    this.#hosts.clear();
    for (const { name, key, facts = {}, capabilities } of hosts) {
      this.#hosts.set(name, { name, key, facts, ...(capabilities && { capabilities }) });
    }
    this.#hasFreshHosts = true;
  }

  /**
   * Returns the hosts of a past job.
   * @throws {UserError} if there is no such job, or the reference is malformed
   */
  async past(reference: string, signal?: AbortSignal): Promise<readonly string[]> {
    return await pastHosts(this, reference, signal);
  }

  /** The sender of unsigned commands, which the hub must allow. */
  get unsigned(): UnsignedCommands {
    return remoteUnsignedCommands((calls, signal) => this.list(calls, signal));
  }

  /** The pinned keys of the agents. */
  get pins(): PinnedKeys {
    return this.#options.pins;
  }

  /** Iterates over the hosts of the latest list. */
  hosts(): Iterable<KnownHost> {
    return this.#hosts.values();
  }

  /** Returns the host of this name, from the latest list. */
  host(name: string): KnownHost | undefined {
    return this.#hosts.get(name);
  }

  /** Returns what the attached agents among `nodes` can do, from the latest list or a new one. */
  async capabilitiesOf(
    nodes: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    if (this.#hasFreshHosts) return capabilitiesByName(this.#hosts.values());
    const query = (connection: HubConnection) => listHosts(connection, { only: nodes });
    return capabilitiesByName(await this.#withReconnects(query));
  }

  /**
   * Submits a job without the hosts for which the hub has pinned another key.
   * @throws {UserError} if the hub refuses it
   */
  async submit(order: JobSubmission, sink: JobSink): Promise<SubmittedJob> {
    const { id, digest, input, message, held = false } = order;
    const { pins } = this.#options;
    const excluded = await this.#hostsWithOtherKeys(order.nodes);
    const nodes = order.nodes.filter((node) => !excluded.has(node));
    pins.keep?.(nodes);
    const submission = submitCalls({ ...order, nodes });
    const times = { held, maxMs: maxReportMs(order), clock: this.#options.clock };
    const job = new RemoteJob({
      id,
      digest,
      message,
      nodes,
      submission,
      input,
      sink,
      pins,
      ...times,
    });
    this.#begin(job);
    await job.accepted.catch((error) => Promise.reject(withLatestStart(error, message)));
    return excluded.size === 0
      ? job
      : new JobWithExcludedHosts(job, { nodes: excluded, held, sink });
  }

  /**
   * Follows a job that was submitted before, from its beginning to its end. With `wait: false` it ends
   * after all that is known now.
   * @throws {UserError} if there is no such job
   */
  async follow(
    id: string,
    sink: JobSink,
    { wait = true }: { readonly wait?: boolean } = {},
  ): Promise<SubmittedJob> {
    const job = new RemoteJob({ id, sink, wait, pins: this.#options.pins });
    this.#begin(job);
    await job.accepted;
    return job;
  }

  /** Pings `nodes` through the hub. */
  ping(nonce: string, sink: QueuePingSink, nodes: readonly string[]): QueuePing {
    return remotePing(this.#connection, { nonce, sink, nodes, pins: this.#options.pins });
  }

  /**
   * Sends `calls` and returns all replies; see {@linkcode HubConnection.list}.
   * @throws {UserError} if the hub refuses, or the connection ends
   */
  async list(calls: readonly OperatorCall[], signal?: AbortSignal): Promise<readonly HubReply[]> {
    return await this.#connection.list(calls, signal);
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const job of this.#jobs) job[Symbol.dispose]();
    await this.#connection[Symbol.asyncDispose]();
    await this.#reconnecting;
  }

  /** Returns those of `nodes` for which the hub has pinned another key than the operator. */
  async #hostsWithOtherKeys(nodes: readonly string[]): Promise<ReadonlySet<string>> {
    const { pins } = this.#options;
    const known = nodes.filter((node) => pins.get(node));
    if (known.length === 0) return new Set();
    const query = (connection: HubConnection) => listHosts(connection, { only: known });
    const hosts = this.#hasFreshHosts ? this.#hosts.values() : await this.#withReconnects(query);
    this.#hasFreshHosts = false;
    const others = [...hosts].filter(({ name, key }) => isOtherKey(name, key, pins));
    return new Set(others.map(({ name }) => name));
  }

  /** Runs `query`, again after each reconnect, until the connection is given up. */
  async #withReconnects<T>(query: (connection: HubConnection) => Promise<T>): Promise<T> {
    while (true) {
      const [connection, changed] = [this.#connection, this.#connectionChanged.wait()];
      try {
        return await query(connection);
      } catch (error) {
        if (connection.isOpen || this.#isLost || this.#closing.signal.aborted) throw error;
        await changed;
      }
    }
  }

  #begin(job: RemoteJob): void {
    this.#jobs.add(job);
    job.over.then(() => this.#jobs.delete(job));
    if (this.#isLost) job.giveUp(HUB_LOST);
    else job.attach(this.#connection);
  }

  async #reconnect(): Promise<void> {
    while (true) {
      await this.#connection.ended;
      if (this.#closing.signal.aborted) return this.#connectionChanged.notify();
      this.#options.onEvent?.("lost");
      const connection = await this.#redial();
      if (!connection) return this.#giveUp();
      this.#connection = connection;
      this.#connectionChanged.notify();
      this.#options.onEvent?.("back");
      for (const job of this.#jobs) job.attach(connection);
    }
  }

  async #redial(): Promise<HubConnection | undefined> {
    const { signal } = this.#closing;
    const end = this.#clock.monotonic() + MAX_REDIAL_MS;
    for (let failures = 0; this.#clock.monotonic() < end && !signal.aborted; failures++) {
      await this.#clock.sleep(fullJitter(failures, REDIAL), signal).catch(() => {});
      const connection = await connectHub(this.#options, signal).catch(() => undefined);
      if (connection) return connection;
    }
    return undefined;
  }

  #giveUp(): void {
    this.#isLost = true;
    this.#connectionChanged.notify();
    for (const job of this.#jobs) job.giveUp(HUB_LOST);
  }
}

/** How long a hub may take beyond the times of a job, in milliseconds. */
const REPORT_GRACE_MS = 30_000;

/** Returns how long the hub may take to report the ends of all hosts, in milliseconds. */
function maxReportMs({ deliverMs, runMs }: JobSubmission): number {
  return Math.min(deliverMs + runMs + REPORT_GRACE_MS, MAX_TIMER_MS);
}

/**
 * Adds to the refusal of a hub that it has the signed request: it could still send it to the hosts,
 * whatever it says.
 */
function withLatestStart(error: unknown, message: HubMessage): unknown {
  if (!(error instanceof UserError) || message.kind !== "sealed") return error;
  const { expires } = readUnverified(message.envelope, requestType).claimed;
  const until = new Date(expires).toISOString();
  const warning = `the hub has the signed command and could still deliver it until ${until}`;
  return new UserError(error.message, {
    cause: error,
    hint: error.hint === undefined ? warning : `${error.hint}; ${warning}`,
  });
}

function submitCalls(order: JobSubmission): readonly OperatorCall[] {
  const { id, digest, deliverMs, runMs, held = false, input, about: { target, summary } } = order;
  const message = encodeHubMessage(order.message).toBase64();
  const short = shorten(summary, MAX_SUMMARY);
  const submit = {
    ...{ id, digest, message, deliverMs, runMs, held, target, summary: short },
    ...inputFields(input),
  };
  return [...nodesCalls(order.nodes), { kind: "submit", ...submit }];
}

/** Shortens `text` to at most `max` bytes of UTF-8: a character takes at most 3 bytes. */
function shorten(text: string, max: number): string {
  return text.slice(0, Math.floor(max / 3)).toWellFormed().replaceAll("\0", "");
}

/**
 * Opens a queue at a hub daemon.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if the hub cannot be reached
 * @throws {UserError} if the hub refuses the login
 */
export async function openRemoteQueue(
  options: RemoteQueueOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<RemoteQueue> {
  return new RemoteQueue(options, await connectHub(options, signal));
}

/** Hosts to which a request is not sent. */
interface ExcludedHosts {
  /** The names of the hosts, none of which is in the job at the hub. */
  readonly nodes: ReadonlySet<string>;
  /** Whether hosts wait until they are released. */
  readonly held: boolean;
  /** Receives the final state of each host. */
  readonly sink: JobSink;
}

/** A job with excluded hosts, which the hub does not know of. Each ends when it is released. */
class JobWithExcludedHosts implements SubmittedJob {
  readonly #job: SubmittedJob;
  readonly #sink: JobSink;
  /** The excluded hosts that have not ended. */
  readonly #excluded: Set<string>;
  readonly #over = Promise.withResolvers<void>();

  /** Ends the excluded hosts now, unless hosts wait until they are released. */
  constructor(job: SubmittedJob, { nodes, held, sink }: ExcludedHosts) {
    this.#job = job;
    this.#sink = sink;
    this.#excluded = new Set(nodes);
    if (!held) this.#refuse(nodes);
  }

  /** The id of the request. */
  get id(): string {
    return this.#job.id;
  }

  /** Resolves when every host is in a final state, excluded ones, too. */
  get over(): Promise<void> {
    return Promise.all([this.#job.over, this.#over.promise]).then(() => {});
  }

  /** Releases `nodes`; `message` is the signed release. */
  release(nodes: Iterable<string>, message?: HubMessage): void {
    const [excluded, others] = [new Set<string>(), new Set<string>()];
    for (const node of nodes) (this.#excluded.has(node) ? excluded : others).add(node);
    if (others.size > 0) this.#job.release(others, message);
    this.#refuse(excluded);
  }

  /** Skips all hosts that were not released. */
  withhold(): void {
    this.#job.withhold();
    this.#end(this.#excluded, () => ({ kind: "skipped" }));
  }

  /** Cancels the command on all hosts, or on `node` only. */
  cancel(message: HubMessage, node?: string): void {
    this.#job.cancel(message, node);
    if (node === undefined) this.#refuse(this.#excluded);
    else if (this.#excluded.has(node)) this.#refuse([node]);
  }

  /** Confirms the change of the command. */
  confirm(message: HubMessage): void {
    this.#job.confirm(message);
  }

  /** Stops waiting. */
  giveUp(reason?: string): void {
    this.#job.giveUp(reason);
    this.#refuse(this.#excluded);
  }

  #refuse(nodes: Iterable<string>): void {
    this.#end(
      nodes,
      (node) => ({ kind: "expired", reason: otherKeyReason(node, "request not sent") }),
    );
  }

  #end(nodes: Iterable<string>, stateOf: (node: string) => VerifiedState): void {
    for (const node of [...nodes]) {
      // The sink may give up the job, which ends the others.
      if (this.#excluded.delete(node)) void this.#sink.state(node, stateOf(node));
    }
    if (this.#excluded.size === 0) this.#over.resolve();
  }
}

/** Returns a sender of unsigned commands through a hub daemon, whose agents are attached already. */
function remoteUnsignedCommands(list: QueryableHub["list"]): UnsignedCommands {
  return {
    async waitForHosts(host, { signal }) {
      const node = host === LEGACY_ALL_HOSTS ? {} : { node: host };
      const replies = await list([{ kind: "willing", ...node }], signal);
      const nodes = replies.flatMap((reply) =>
        reply.kind === "nodes" ? [...parseNodeSet(reply.names)] : []
      );
      const isAttached = !replies.some(({ kind }) => kind === "absent");
      return { nodes, isAttached, legacyAgents: countLegacyAgents(replies) };
    },
    publish: async (command) => countLegacyAgents(await list([{ kind: "publish", ...command }])),
  };
}

function countLegacyAgents(replies: readonly HubReply[]): number {
  return replies.find((reply) => reply.kind === "nameless")?.count ?? 0;
}
