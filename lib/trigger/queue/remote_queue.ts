/**
 * A queue at a hub that runs by itself. Jobs go on when the connection is lost and comes back, or
 * when the hub is restarted. Hosts whose agents the hub knows by other keys than the operator are
 * excluded from a job and end as not delivered.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { fullJitter } from "../../base/backoff.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import { encodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import type { JobSink, VerifiedState } from "../../protocol/job/host_state.ts";
import { MAX_SUMMARY, nodesCalls, type OperatorCall } from "../../protocol/operator/calls.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";
import { isOtherKey, otherKeyReason } from "../results/verify_result.ts";
import { connectHub, type ConnectionOptions, type HubConnection } from "./hub_connection.ts";
import { listHosts, pastHosts } from "./hub_queries.ts";
import { remotePing } from "./ping.ts";
import type {
  JobSubmission,
  KnownHost,
  Queue,
  QueuePing,
  QueuePingSink,
  SubmittedJob,
} from "./queue.ts";
import { inputFields, RemoteJob } from "./remote_job.ts";
import { remoteUnsignedCommands, type UnsignedCommands } from "./unsigned_commands.ts";
import type { WaitOptions } from "./wait_for_agents.ts";

/** How to reach the hub. */
export interface RemoteQueueOptions extends ConnectionOptions {
  /** Which key belongs to which agent. */
  readonly pins: PinnedKeys;
  /** Told when the connection is lost, and when it is back. Must not throw. */
  readonly onEvent?: (event: "lost" | "back") => void;
}

const REDIAL = { baseMs: 200, maxMs: 2_000 };
/** How long a hub that has gone is waited for, in milliseconds. */
const MAX_AWAY_MS = 300_000;
const HUB_GONE = "the hub went away and did not come back";

/** A queue elsewhere. Closing it leaves jobs as they are. */
export class RemoteQueue implements Queue {
  /** Jobs go on without us. */
  readonly lasting = true;
  readonly #options: RemoteQueueOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #jobs = new Set<RemoteJob>();
  readonly #hosts = new Map<string, KnownHost>();
  /** Whether nothing was submitted since the hosts were met. */
  #isMet = false;
  #link: HubConnection;
  /** Notified when there is another link, or none any more. */
  readonly #linkChanged = new Notifier();
  #isGone = false;
  #keeping: Promise<void>;

  /** Use {@linkcode openRemoteQueue} instead. */
  constructor(options: RemoteQueueOptions, link: HubConnection) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#link = link;
    this.#keeping = this.#keepLink();
  }

  /** Learns which hosts the hub knows now, attached or not: nobody has to be waited for. */
  async meet({ signal }: Pick<WaitOptions, "signal">): Promise<void> {
    const hosts = await listHosts(this, { facts: true }, signal);
    this.#hosts.clear();
    for (const { name, key, facts = {} } of hosts) this.#hosts.set(name, { name, key, facts });
    this.#isMet = true;
  }

  /** Asks the hub. */
  async past(reference: string, signal?: AbortSignal): Promise<readonly string[]> {
    return await pastHosts(this, reference, signal);
  }

  /** Through the hub, if it was started so. */
  get unsigned(): UnsignedCommands {
    return remoteUnsignedCommands((asks, signal) => this.list(asks, signal));
  }

  /** Which key belongs to which agent, as it is known here. */
  get pins(): PinnedKeys {
    return this.#options.pins;
  }

  /** Those that are known. */
  hosts(): Iterable<KnownHost> {
    return this.#hosts.values();
  }

  /** The known host of this name. */
  host(name: string): KnownHost | undefined {
    return this.#hosts.get(name);
  }

  /** Has the hub begin a job with those hosts that it does not know by other keys than we do. */
  async submit(order: JobSubmission, sink: JobSink): Promise<SubmittedJob> {
    const { id, digest, input, message, held = false } = order;
    const { pins } = this.#options;
    const strangers = await this.#strangersAmong(order.nodes);
    const nodes = order.nodes.filter((node) => !strangers.has(node));
    pins.keep?.(nodes);
    const submission = submitCalls({ ...order, nodes });
    const job = new RemoteJob({ id, digest, message, nodes, submission, input, sink, pins });
    this.#begin(job);
    await job.accepted;
    return strangers.size === 0
      ? job
      : new JobWithExcludedHosts(job, { nodes: strangers, held, sink });
  }

  /**
   * Follows a job that was submitted before, from its beginning to its end; with `wait: false` it is
   * over when all has come that is known now.
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

  /** Has the hub ask. */
  ping(nonce: string, sink: QueuePingSink, nodes: readonly string[]): QueuePing {
    return remotePing(this.#link, { nonce, sink, nodes, pins: this.#options.pins });
  }

  /**
   * Asks for a list; see {@linkcode HubConnection.list}.
   * @throws {UserError} if the hub will not, or the connection ends
   */
  async list(asks: readonly OperatorCall[], signal?: AbortSignal): Promise<readonly HubReply[]> {
    return await this.#link.list(asks, signal);
  }

  /** Hangs up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#link[Symbol.asyncDispose]();
    await this.#keeping;
  }

  /** Whoever has come to the hub with the name of a host that we know by another key. */
  async #strangersAmong(nodes: readonly string[]): Promise<ReadonlySet<string>> {
    const { pins } = this.#options;
    const known = nodes.filter((node) => pins.get(node));
    if (known.length === 0) return new Set();
    const asked = (link: HubConnection) => listHosts(link, { only: known });
    const hosts = this.#isMet ? this.#hosts.values() : await this.#whenever(asked);
    this.#isMet = false;
    const strangers = [...hosts].filter(({ name, key }) => isOtherKey(name, key, pins));
    return new Set(strangers.map(({ name }) => name));
  }

  /** Asks, again if the link is lost meanwhile, until there is none any more. */
  async #whenever<T>(ask: (link: HubConnection) => Promise<T>): Promise<T> {
    while (true) {
      const [link, linkChanged] = [this.#link, this.#linkChanged.wait()];
      try {
        return await ask(link);
      } catch (error) {
        if (link.isOpen || this.#isGone || this.#closing.signal.aborted) throw error;
        await linkChanged;
      }
    }
  }

  #begin(job: RemoteJob): void {
    this.#jobs.add(job);
    job.over.then(() => this.#jobs.delete(job));
    if (this.#isGone) job.giveUp(HUB_GONE);
    else job.attach(this.#link);
  }

  async #keepLink(): Promise<void> {
    while (true) {
      await this.#link.ended;
      if (this.#closing.signal.aborted) return this.#linkChanged.notify();
      this.#options.onEvent?.("lost");
      const link = await this.#dialAgain();
      if (!link) return this.#giveUp();
      this.#link = link;
      this.#linkChanged.notify();
      this.#options.onEvent?.("back");
      for (const job of this.#jobs) job.attach(link);
    }
  }

  async #dialAgain(): Promise<HubConnection | undefined> {
    const { signal } = this.#closing;
    const end = this.#clock.monotonic() + MAX_AWAY_MS;
    for (let failures = 0; this.#clock.monotonic() < end && !signal.aborted; failures++) {
      await this.#clock.sleep(fullJitter(failures, REDIAL), signal).catch(() => {});
      const link = await connectHub(this.#options, signal).catch(() => undefined);
      if (link) return link;
    }
    return undefined;
  }

  #giveUp(): void {
    this.#isGone = true;
    this.#linkChanged.notify();
    for (const job of this.#jobs) job.giveUp(HUB_GONE);
  }
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

/** At most `max` bytes of UTF-8, by a bound that is quick to see. */
function shorten(text: string, max: number): string {
  return text.slice(0, Math.floor(max / 3)).toWellFormed().replaceAll("\0", "");
}

/**
 * Connects to a hub.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if nobody answers there
 * @throws {UserError} if the hub does not let us in
 */
export async function openRemoteQueue(
  options: RemoteQueueOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<RemoteQueue> {
  return new RemoteQueue(options, await connectHub(options, signal));
}

/** Who is not asked. */
export interface ExcludedHosts {
  /** Their names, none of which the job itself knows. */
  readonly nodes: ReadonlySet<string>;
  /** Whether hosts wait for their turns. */
  readonly held: boolean;
  /** Told how they end. */
  readonly sink: JobSink;
}

/** The job. The hub hears nothing of the strangers, each of whom ends when its turn comes. */
export class JobWithExcludedHosts implements SubmittedJob {
  readonly #job: SubmittedJob;
  readonly #sink: JobSink;
  readonly #waiting: Set<string>;
  readonly #over = Promise.withResolvers<void>();

  /** Ends the strangers now, unless hosts wait for their turns. */
  constructor(job: SubmittedJob, { nodes: strangers, held, sink }: ExcludedHosts) {
    this.#job = job;
    this.#sink = sink;
    this.#waiting = new Set(strangers);
    if (!held) this.#refuse(strangers);
  }

  /** The id of the request. */
  get id(): string {
    return this.#job.id;
  }

  /** Resolves when every host is in a final state, strangers too. */
  get over(): Promise<void> {
    return Promise.all([this.#job.over, this.#over.promise]).then(() => {});
  }

  /** It is the turn of `nodes`. */
  release(nodes: Iterable<string>): void {
    const [strangers, others] = [new Set<string>(), new Set<string>()];
    for (const node of nodes) (this.#waiting.has(node) ? strangers : others).add(node);
    if (others.size > 0) this.#job.release(others);
    this.#refuse(strangers);
  }

  /** Nobody else gets a turn. */
  withhold(): void {
    this.#job.withhold();
    this.#end(this.#waiting, () => ({ kind: "skipped" }));
  }

  /** Has the command stopped where it runs, or on `node` alone. */
  cancel(message: HubMessage, node?: string): void {
    this.#job.cancel(message, node);
    if (node === undefined) this.#refuse(this.#waiting);
    else if (this.#waiting.has(node)) this.#refuse([node]);
  }

  /** Has stay what the command has changed. */
  confirm(message: HubMessage): void {
    this.#job.confirm(message);
  }

  /** Waits no longer. */
  giveUp(reason?: string): void {
    this.#job.giveUp(reason);
    this.#refuse(this.#waiting);
  }

  #refuse(nodes: Iterable<string>): void {
    this.#end(nodes, (node) => ({ kind: "expired", reason: otherKeyReason(node) }));
  }

  #end(nodes: Iterable<string>, how: (node: string) => VerifiedState): void {
    for (const node of [...nodes]) {
      // Whoever hears of one may have all of them end.
      if (this.#waiting.delete(node)) void this.#sink.state(node, how(node));
    }
    if (this.#waiting.size === 0) this.#over.resolve();
  }
}
