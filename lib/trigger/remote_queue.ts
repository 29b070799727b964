/**
 * A queue that runs by itself: asks are sent to it, and what is under way goes on when the connection
 * is lost and comes back, or when the hub is started again. Imports `base`, `envelope` and `hub`.
 * @module
 */
import { fullJitter } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { encodeHubMessage } from "../envelope/session.ts";
import { fittingAnswers } from "../hub/fitting_answers.ts";
import type { JobSink } from "../hub/job_sink.ts";
import type { Answer } from "../hub/operator/answers.ts";
import { type Ask, MAX_SUMMARY } from "../hub/operator/asks.ts";
import type { Pins } from "../hub/roster.ts";
import type { AttendanceOptions } from "./attendance.ts";
import { listHosts, pastHosts } from "./hub_inquiry.ts";
import { JobWithoutStrangers } from "./job_without_strangers.ts";
import { nodesAsks } from "./nodes_asks.ts";
import { connectHub, type LinkOptions, type OperatorLink } from "./operator_link.ts";
import { isAnothersKey } from "./proven_result.ts";
import type { KnownHost, Queue, QueueJob, QueueOrder, QueuePing, QueuePingSink } from "./queue.ts";
import { inputAsk, RemoteJob } from "./remote_job.ts";
import { remotePing } from "./remote_ping.ts";
import { remoteUnsignedWay, type UnsignedWay } from "./unsigned_way.ts";

/** How to reach the hub. */
export interface RemoteQueueOptions extends LinkOptions {
  /** Which key belongs to which agent. */
  readonly pins: Pins;
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
  #link: OperatorLink;
  /** Resolved when there is another link, or none any more. */
  #turn = Promise.withResolvers<void>();
  #isGone = false;
  #keeping: Promise<void>;

  /** Use {@linkcode openRemoteQueue} instead. */
  constructor(options: RemoteQueueOptions, link: OperatorLink) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#link = link;
    this.#keeping = this.#keepLink();
  }

  /** Learns which hosts the hub knows now, attached or not: nobody has to be waited for. */
  async meet({ signal }: Pick<AttendanceOptions, "signal">): Promise<void> {
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
  get unsigned(): UnsignedWay {
    return remoteUnsignedWay((asks, signal) => this.list(asks, signal));
  }

  /** Which key belongs to which agent, as it is known here. */
  get pins(): Pins {
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
  async submit(order: QueueOrder, sink: JobSink): Promise<QueueJob> {
    const { id, digest, input, message, held = false } = order;
    const { pins } = this.#options;
    const strangers = await this.#strangersAmong(order.nodes);
    const nodes = order.nodes.filter((node) => !strangers.has(node));
    pins.keep?.(nodes);
    const submission = submissionOf({ ...order, nodes });
    const fitting = fittingAnswers(message, sink);
    const job = new RemoteJob({ id, digest, nodes, submission, input, sink: fitting, pins });
    this.#begin(job);
    await job.accepted;
    return strangers.size === 0 ? job : new JobWithoutStrangers(job, { strangers, held, sink });
  }

  /**
   * Follows a job that was submitted before, from its beginning to its end; with `wait: false` it is
   * over when all has come that is known now.
   * @throws {QueueError} if there is no such job
   */
  async follow(
    id: string,
    sink: JobSink,
    { wait = true }: { readonly wait?: boolean } = {},
  ): Promise<QueueJob> {
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
   * Asks for a list; see {@linkcode OperatorLink.list}.
   * @throws {QueueError} if the hub will not, or the connection ends
   */
  async list(asks: readonly Ask[], signal?: AbortSignal): Promise<readonly Answer[]> {
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
    const asked = (link: OperatorLink) => listHosts(link, { only: known });
    const hosts = this.#isMet ? this.#hosts.values() : await this.#whenever(asked);
    this.#isMet = false;
    const strangers = [...hosts].filter(({ name, key }) => isAnothersKey(name, key, pins));
    return new Set(strangers.map(({ name }) => name));
  }

  /** Asks, again if the link is lost meanwhile, until there is none any more. */
  async #whenever<T>(ask: (link: OperatorLink) => Promise<T>): Promise<T> {
    while (true) {
      const [link, { promise: turn }] = [this.#link, this.#turn];
      try {
        return await ask(link);
      } catch (error) {
        if (link.isOpen || this.#isGone || this.#closing.signal.aborted) throw error;
        await turn;
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
      if (this.#closing.signal.aborted) return this.#turned();
      this.#options.onEvent?.("lost");
      const link = await this.#dialAgain();
      if (!link) return this.#giveUp();
      this.#link = link;
      this.#turned();
      this.#options.onEvent?.("back");
      for (const job of this.#jobs) job.attach(link);
    }
  }

  async #dialAgain(): Promise<OperatorLink | undefined> {
    const { signal } = this.#closing;
    const end = this.#clock.monotonic() + MAX_AWAY_MS;
    for (let failures = 0; this.#clock.monotonic() < end && !signal.aborted; failures++) {
      await this.#clock.sleep(fullJitter(failures, REDIAL), signal).catch(() => {});
      const link = await connectHub(this.#options, signal).catch(() => undefined);
      if (link) return link;
    }
    return undefined;
  }

  #turned(): void {
    this.#turn.resolve();
    this.#turn = Promise.withResolvers<void>();
  }

  #giveUp(): void {
    this.#isGone = true;
    this.#turned();
    for (const job of this.#jobs) job.giveUp(HUB_GONE);
  }
}

function submissionOf(order: QueueOrder): readonly Ask[] {
  const { id, digest, deliverMs, runMs, held = false, input, about: { target, summary } } = order;
  const message = encodeHubMessage(order.message).toBase64();
  const short = cut(summary, MAX_SUMMARY);
  const submit = {
    ...{ id, digest, message, deliverMs, runMs, held, target, summary: short },
    ...inputAsk(input),
  };
  return [...nodesAsks(order.nodes), { kind: "submit", ...submit }];
}

/** At most `max` bytes of UTF-8, by a bound that is quick to see. */
function cut(text: string, max: number): string {
  return text.slice(0, Math.floor(max / 3)).toWellFormed().replaceAll("\0", "");
}

/**
 * Connects to a hub.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if nobody answers there
 * @throws {QueueError} if the hub does not let us in
 */
export async function openRemoteQueue(
  options: RemoteQueueOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<RemoteQueue> {
  return new RemoteQueue(options, await connectHub(options, signal));
}
