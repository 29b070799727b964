/**
 * All jobs of a hub. A job is recorded on disk before anything is sent, has any number of
 * followers, and is taken up again when the hub is restarted.
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
import { JobObservers } from "./job_observers.ts";
import type { ResumedHost } from "./job_host.ts";
import { JobWriter } from "./job_writer.ts";
import { JobReplay } from "./job_replay.ts";
import { OutputTail } from "./output_tail.ts";
import { RemoteInput } from "../input/remote_input.ts";
import type { HubStore } from "../store/hub_store.ts";
import type { HostRecord } from "../store/host_table.ts";
import type { JobHostRecord, JobRecord } from "../store/job_record.ts";

/** What an office works with. */
export interface JobRegistryOptions {
  /** Where agents attach. */
  readonly hub: Dispatcher;
  /** Where jobs are written down. */
  readonly store: HubStore;
  /** How much of each output stream of a host is kept, in bytes. */
  readonly keepOutput: number;
  /** Where time comes from; the machine's own clock by default. */
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
  /** Jobs that are being written down for the first time. */
  readonly #adding = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  /** Opens an office with nothing to do. */
  constructor(options: JobRegistryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The job of this id, if it is not over. */
  job(id: string): Job | undefined {
    return this.#open.get(id)?.job;
  }

  /**
   * Takes in a job, and has `sink` told what becomes of it.
   * @returns the job, when it is on disk and under way; nothing if it was submitted before
   * @throws {UserError} if it cannot be written down, or another one has its id
   */
  async submit(
    order: JobSpec,
    description: JobDescription,
    sink?: JobSink,
  ): Promise<Job | undefined> {
    const { jobs } = this.#options.store;
    // Whether there is such a job is known when that is on disk, or cannot be.
    await this.#adding.get(order.id)?.catch(() => {});
    const before = jobs.get(order.id);
    if (before) return void refuseOtherDigest(before, order);
    const submitted = this.#clock.now();
    const record: JobRecord = {
      ...description,
      id: order.id,
      digest: order.digest,
      message: encodeHubMessage(withoutSecrets(order.message)),
      submitted,
      deliverUntil: submitted + order.deliverMs,
      runMs: order.runMs,
      held: order.held ?? false,
    };
    await this.#add(record, order.nodes);
    return this.#begin(order, this.#ledger(order.id), sink);
  }

  /**
   * Tells `follower` everything of a job, from its beginning to its end, until disposed of. With
   * `wait: false` it is over when all has been told that is known now.
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
    const goesOn = wait ? open : undefined;
    const unwritten = (node: string) => open?.writer.unwritten(node);
    const replay = new JobReplay({ id, jobs, unwritten, clock: this.#clock }, follower);
    const place = goesOn?.observers.add(replay);
    // The end of this process is not the end of the job.
    (goesOn?.job.over ?? Promise.resolve()).then(() => {
      if (!this.#closing.signal.aborted) void replay.over();
    });
    return {
      [Symbol.dispose]() {
        place?.[Symbol.dispose]();
        replay.stop();
      },
    };
  }

  /**
   * Takes up the jobs that an earlier process of the hub has left; `hosts` is what it knew of them
   * at its end. Says how many jobs there are.
   */
  restore(hosts: readonly HostRecord[]): number {
    const { jobs } = this.#options.store;
    const known = new Map(hosts.map((host) => [host.name, host]));
    const left = jobs.unfinished();
    for (const record of left) this.#restore(record, known);
    return left.length;
  }

  /** An agent has come: results that it holds and that are on disk here are not wanted again. */
  acknowledgeHeld(session: Pick<AgentSession, "name" | "hello" | "send">): void {
    const { jobs } = this.#options.store;
    for (const id of session.hello.held) {
      // Of a job that is not over, the job itself looks after that.
      if (this.#open.has(id) || jobs.host(id, session.name)?.state.kind !== "ended") continue;
      session.send({ kind: "ack", id });
    }
  }

  /** Writes no more; jobs that are not over are taken up again by the hub's next process. */
  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const { observers: fan } of this.#open.values()) fan.close();
    this.#open.clear();
  }

  #begin(order: ResumableJobSpec, ledger: JobWriter, sink?: JobSink): Job {
    const fan = new JobObservers(ledger);
    if (sink) fan.add(sink);
    const job = this.#options.hub.submit(order, fan);
    this.#open.set(order.id, { job, observers: fan, writer: ledger });
    job.over.then(() => this.#finish(order.id, ledger));
    return job;
  }

  /** It is over when all ends are on disk: until then the next process would have to take it up. */
  async #finish(id: string, ledger: JobWriter): Promise<void> {
    await ledger.written().catch(() => {});
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
      const hint = "look at the hub's disk";
      throw new UserError(`the job cannot be written down: ${reason}`, { hint, cause });
    } finally {
      this.#adding.delete(record.id);
    }
  }

  #ledger(id: string, tails?: ReadonlyMap<string, OutputTail>): JobWriter {
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
    }, this.#ledger(record.id, new Map(tails)));
  }

  #tailOf({ stdout, stderr }: JobHostRecord): OutputTail {
    return new OutputTail(this.#options.keepOutput, {
      stdout: { total: stdout.total, kept: stdout.stored },
      stderr: { total: stderr.total, kept: stderr.stored },
    });
  }
}

/** Whoever submitted the job may come back and be asked for what its commands read. */
function remoteInputOf(message: HubMessage): RemoteInput | undefined {
  if (message.kind !== "sealed") return undefined;
  const { input } = readUnverified(message.envelope, requestType).claimed;
  return input && new RemoteInput(input.from === "anywhere" ? "parts" : "file");
}

/** How long hosts are still waited for; a clock that was set back gives nobody more time. */
function remainingMs({ submitted, deliverUntil }: JobRecord, now: number): number {
  return Math.min(Math.max(0, deliverUntil - now), deliverUntil - submitted);
}

/** Secrets are for those that are attached now; they are never written down. */
function withoutSecrets(message: HubMessage): HubMessage {
  return message.kind === "sealed" ? { kind: "sealed", envelope: message.envelope } : message;
}

function refuseOtherDigest({ digest }: JobRecord, order: JobSpec): void {
  if (digest !== order.digest) throw new UserError("another job has the same id");
}

/** Who was not attached since the job was submitted cannot have been sent it. */
function resumeHost(
  { state, received }: JobHostRecord,
  { record, known }: { record: JobRecord; known: HostRecord | undefined },
): ResumedHost {
  const lastSeen = known?.attachedSince === undefined ? known?.awaySince ?? 0 : Infinity;
  return { state, received, sent: state.kind !== "pending" || lastSeen >= record.submitted };
}
