/**
 * Keeps all jobs of a hub. A job is recorded on disk before any message is sent, has any number of
 * followers, and resumes when the hub is restarted.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import {
  decodeHubMessage,
  encodeHubMessage,
  type HubMessage,
} from "../../protocol/agent/messages.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import { isFinal, type JobFollower, type JobSink } from "../../protocol/job/host_state.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Job, ResumableJobSpec } from "./job.ts";
import type { JobDescription, JobSpec } from "../../protocol/job/job_spec.ts";
import { JobObservers, JobSubscription } from "./job_followers.ts";
import type { ResumedHost } from "./job_host.ts";
import { JobWriter, OutputTail } from "./job_writer.ts";
import { RemoteInput } from "../input/remote_input.ts";
import type { HubStore } from "../store/hub_store.ts";
import type { HostRecord } from "../store/host_table.ts";
import type { JobHostRecord, JobRecord } from "../store/job_record.ts";

/** Options of a job registry. */
export interface JobRegistryOptions {
  /** The dispatcher of the jobs. */
  readonly dispatcher: Dispatcher;
  /** The store of the jobs. */
  readonly store: HubStore;
  /** How much of each output stream of a host is stored, in bytes. */
  readonly keepOutput: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** A job that is not over. */
interface OpenJob {
  readonly job: Job;
  readonly observers: JobObservers;
  readonly writer: JobWriter;
}

/** The jobs of one hub. */
export class JobRegistry implements Disposable {
  readonly #options: JobRegistryOptions;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenJob>();
  /** Jobs whose first record is being written. */
  readonly #adding = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  /** Creates a registry without jobs. */
  constructor(options: JobRegistryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Returns the job of this id, if it is not over. */
  job(id: string): Job | undefined {
    return this.#open.get(id)?.job;
  }

  /**
   * Submits a job, whose events go to `sink`.
   * @returns the job, once it is on disk and under way; `undefined` if it was submitted before
   * @throws {UserError} if it cannot be recorded, or another job has its id
   */
  async submit(
    spec: JobSpec,
    description: JobDescription,
    sink?: JobSink,
  ): Promise<Job | undefined> {
    const { jobs } = this.#options.store;
    // An earlier submission of the same id must be on disk, or have failed, first.
    await this.#adding.get(spec.id)?.catch(() => {});
    const before = jobs.get(spec.id);
    if (before) return void refuseOtherDigest(before, spec);
    const submitted = this.#clock.now();
    const record: JobRecord = {
      ...description,
      id: spec.id,
      digest: spec.digest,
      message: encodeHubMessage(withoutSecrets(spec.message)),
      submitted,
      deliverUntil: submitted + spec.deliverMs,
      runMs: spec.runMs,
      held: spec.held ?? false,
    };
    await this.#add(record, spec.nodes);
    return this.#begin(spec, this.#createWriter(spec.id), sink);
  }

  /**
   * Sends `follower` everything about a job, from its start to its end, until disposed of. With
   * `wait: false` it ends after all that is known now.
   * @returns `undefined` if there is no such job
   */
  follow(
    id: string,
    follower: JobFollower,
    { wait = true }: { readonly wait?: boolean } = {},
  ): Disposable | undefined {
    const { jobs } = this.#options.store;
    if (this.#adding.has(id) || !jobs.get(id)) return undefined;
    const open = this.#open.get(id);
    const awaited = wait ? open : undefined;
    const unwritten = (node: string) => open?.writer.unwritten(node);
    const subscription = new JobSubscription({ id, jobs, unwritten, clock: this.#clock }, follower);
    const observing = awaited?.observers.add(subscription);
    // The end of this process is not the end of the job.
    (awaited?.job.over ?? Promise.resolve()).then(() => {
      if (!this.#closing.signal.aborted) void subscription.over();
    });
    return {
      [Symbol.dispose]() {
        observing?.[Symbol.dispose]();
        subscription.stop();
      },
    };
  }

  /**
   * Resumes the jobs of an earlier process of the hub; `hosts` are the hosts that it knew. Returns
   * the number of jobs.
   */
  restore(hosts: readonly HostRecord[]): number {
    const { jobs } = this.#options.store;
    const known = new Map(hosts.map((host) => [host.name, host]));
    const left = jobs.unfinished();
    for (const record of left) this.#restore(record, known);
    return left.length;
  }

  /** Acknowledges the results that an attached agent holds and that are on disk here. */
  acknowledgeHeld(session: Pick<AgentSession, "name" | "hello" | "send">): void {
    const { jobs } = this.#options.store;
    for (const id of session.hello.held) {
      // A job under way acknowledges its own results.
      if (this.#open.has(id) || jobs.host(id, session.name)?.state.kind !== "ended") continue;
      session.send({ kind: "ack", id });
    }
  }

  /** Stops writing. The hub's next process resumes the unfinished jobs. */
  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const { observers } of this.#open.values()) observers.close();
    this.#open.clear();
  }

  #begin(spec: ResumableJobSpec, writer: JobWriter, sink?: JobSink): Job {
    const observers = new JobObservers(writer);
    if (sink) observers.add(sink);
    const job = this.#options.dispatcher.submit(spec, observers);
    this.#open.set(spec.id, { job, observers, writer });
    job.over.then(() => this.#finish(spec.id, writer));
    return job;
  }

  /** Ends the job once all results are on disk. Until then the next process would resume it. */
  async #finish(id: string, writer: JobWriter): Promise<void> {
    await writer.written().catch(() => {});
    if (!this.#open.delete(id)) return;
    this.#options.store.jobs.over(id, this.#clock.now());
  }

  async #add(record: JobRecord, nodes: readonly string[]): Promise<void> {
    const adding = this.#options.store.jobs.add(record, nodes);
    this.#adding.set(record.id, adding);
    try {
      await adding;
    } catch (cause) {
      const reason = messageOf(cause);
      const hint = "check the disk of the hub";
      throw new UserError(`cannot record the job: ${reason}`, { hint, cause });
    } finally {
      this.#adding.delete(record.id);
    }
  }

  #createWriter(id: string, tails?: ReadonlyMap<string, OutputTail>): JobWriter {
    const { store: { jobs }, keepOutput } = this.#options;
    const { signal } = this.#closing;
    const tailsIfAny = tails && { tails };
    return new JobWriter(id, {
      jobs,
      clock: this.#clock,
      keepOutput,
      signal,
      ...tailsIfAny,
    });
  }

  #restore(record: JobRecord, known: ReadonlyMap<string, HostRecord>): void {
    const { jobs } = this.#options.store;
    const hosts = jobs.hosts(record.id).filter(({ state }) => !isFinal(state));
    const tails = hosts.map((host): [string, OutputTail] => [host.node, this.#tailOf(host)]);
    const resumed = hosts.map((host): [string, ResumedHost] => [
      host.node,
      resumeHost(host, { record, known: known.get(host.node) }),
    ]);
    const message = decodeHubMessage(record.message);
    const input = remoteInputOf(message);
    this.#begin({
      id: record.id,
      digest: record.digest,
      message,
      ...(input && { input }),
      nodes: hosts.map(({ node }) => node),
      deliverMs: remainingMs(record, this.#clock.now()),
      runMs: record.runMs,
      held: record.held,
      resumed: new Map(resumed),
    }, this.#createWriter(record.id, new Map(tails)));
  }

  #tailOf({ stdout, stderr }: JobHostRecord): OutputTail {
    return new OutputTail(this.#options.keepOutput, {
      stdout: { total: stdout.total, kept: stdout.stored },
      stderr: { total: stderr.total, kept: stderr.stored },
    });
  }
}

/** Returns the input of a job, which a program that follows the job can provide. */
function remoteInputOf(message: HubMessage): RemoteInput | undefined {
  if (message.kind !== "sealed") return undefined;
  const { input } = readUnverified(message.envelope, requestType).claimed;
  return input && new RemoteInput(input.from === "anywhere" ? "parts" : "file");
}

/**
 * Returns the time left for the delivery, in milliseconds. A clock that was set back must not
 * extend it.
 */
function remainingMs({ submitted, deliverUntil }: JobRecord, now: number): number {
  return Math.min(Math.max(0, deliverUntil - now), deliverUntil - submitted);
}

/** Removes the secrets. Only attached agents receive them; they are never stored. */
function withoutSecrets(message: HubMessage): HubMessage {
  return message.kind === "sealed" ? { kind: "sealed", envelope: message.envelope } : message;
}

function refuseOtherDigest({ digest }: JobRecord, spec: JobSpec): void {
  if (digest !== spec.digest) throw new UserError(`another job has the id ${spec.id}`);
}

/**
 * Returns the progress of a host. One that was not attached since the submission cannot have
 * received the request.
 */
function resumeHost(
  { state, received }: JobHostRecord,
  { record, known }: { record: JobRecord; known: HostRecord | undefined },
): ResumedHost {
  const lastSeen = known?.attachedSince === undefined ? known?.awaySince ?? 0 : Infinity;
  return { state, received, sent: state.kind !== "pending" || lastSeen >= record.submitted };
}
