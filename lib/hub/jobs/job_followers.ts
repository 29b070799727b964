/**
 * Distributes the events of one job to its observers: first to the writer, which decides what agents
 * may drop, then to the followers. A follower may start at any time and receives the job from its
 * beginning: first what was recorded, then what happens, in order for each host and nothing twice.
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import {
  type DatedHostState,
  isFinal,
  type JobFollower,
  type JobSink,
  type VerifiedState,
} from "../../protocol/job/host_state.ts";
import type { UnwrittenHost } from "./job_writer.ts";
import type { PositionedPiece, StreamPiece } from "../../protocol/agent/streams.ts";
import type { JobHostRecord } from "../store/job_record.ts";
import type { JobStore } from "../store/job_table.ts";

/** Distributes the events of a job. */
export class JobObservers implements JobSink {
  readonly #writer: JobSink;
  readonly #followers = new Set<Omit<JobSink, "settle">>();
  #closed = false;

  /** Creates the observers; only `writer` decides what agents may drop. */
  constructor(writer: JobSink) {
    this.#writer = writer;
  }

  /** Adds `sink`, until disposed of. */
  add(sink: Omit<JobSink, "settle">): Disposable {
    this.#followers.add(sink);
    return { [Symbol.dispose]: () => void this.#followers.delete(sink) };
  }

  /** Stops all events, and lets agents drop nothing. */
  close(): void {
    this.#closed = true;
    this.#followers.clear();
  }

  /** Passes on a state. */
  state(node: string, state: VerifiedState): Promise<void> | void {
    if (this.#closed) return Promise.reject(new Error("the hub no longer records this job"));
    const writing = this.#writer.state(node, state);
    for (const sink of this.#followers) sink.state(node, state);
    return writing;
  }

  /** Passes on output, at the pace of the slowest observer. */
  output(node: string, piece: StreamPiece): Promise<void> | void {
    if (this.#closed) return;
    const slow: Promise<void>[] = [];
    for (const sink of [this.#writer, ...this.#followers]) {
      const taking = sink.output(node, piece);
      if (taking) slow.push(taking.catch(() => {}));
    }
    if (slow.length > 0) return Promise.all(slow).then(() => {});
  }

  /** Settles the host in the writer. */
  settle(node: string): Promise<void> | void {
    if (this.#closed) return Promise.reject(new Error("the hub no longer records this job"));
    return this.#writer.settle?.(node);
  }
}

/** The recorded part of a job, and what is not on disk yet. */
export interface SubscriptionSource {
  /** The id of the request. */
  readonly id: string;
  /** The table of jobs. */
  readonly jobs: JobStore;
  /** Returns what is known of a host and not on disk yet, if anything. */
  unwritten(node: string): UnwrittenHost | undefined;
  /** The source of time. */
  readonly clock: Clock;
}

const STREAMS = ["stdout", "stderr"] as const;

/** Sends one job to one follower from its beginning. As a sink it receives the new events. */
export class JobSubscription implements Omit<JobSink, "settle"> {
  readonly #source: SubscriptionSource;
  readonly #follower: JobFollower;
  /** Hosts whose recorded events are not sent yet; their new events must wait. */
  readonly #behind = new Map<string, Promise<void>>();
  readonly #offsets = new Map<string, Readonly<Record<StreamPiece["stream"], number>>>();
  /** Sends the recorded output of one host after another, as fast as the follower reads. */
  #queue = Promise.resolve();
  #stopped = false;

  /** Starts to send the recorded events. */
  constructor(source: SubscriptionSource, follower: JobFollower) {
    this.#source = source;
    this.#follower = follower;
    for (const host of source.jobs.hosts(source.id)) this.#sendRecorded(host);
  }

  /** Stops all events. */
  stop(): void {
    this.#stopped = true;
  }

  /** Passes on a new state of a host. */
  state(node: string, state: VerifiedState): void {
    const dated = { ...state, at: this.#source.clock.now() };
    this.#inOrder(node, () => this.#follower.state(node, dated));
  }

  /** Passes on new output of a host. */
  output(node: string, piece: StreamPiece): Promise<void> | void {
    return this.#inOrder(node, () => {
      const offset = this.#offsets.get(node)?.[piece.stream] ?? 0;
      return this.#send(node, { ...piece, offset });
    });
  }

  /** Sends that the job is over, after every earlier event. */
  async over(): Promise<void> {
    await Promise.all(this.#behind.values());
    if (!this.#stopped) this.#follower.over();
  }

  #inOrder(node: string, action: () => Promise<void> | void): Promise<void> | void {
    if (this.#stopped) return;
    const before = this.#behind.get(node);
    if (!before) return action();
    const after = before.then(() => this.#stopped ? undefined : action());
    this.#hold(node, after);
    return after;
  }

  #sendRecorded(host: JobHostRecord): void {
    const { node, stdout, stderr } = host;
    const { tail, end } = this.#source.unwritten(node) ?? {};
    const pieces = tail?.pieces.slice() ?? [];
    const total = (name: StreamPiece["stream"]) => tail?.stats(name).total ?? host[name].total;
    const totals = { stdout: total("stdout"), stderr: total("stderr") };
    const state = end?.state ?? host.state;
    if (stdout.stored + stderr.stored + pieces.length === 0) {
      this.#offsets.set(node, totals);
      return this.#follower.state(node, state);
    }
    const started: DatedHostState = { kind: "started", at: host.startedAt ?? host.pendingAt };
    this.#follower.state(node, isFinal(state) ? started : state);
    this.#queue = this.#queue.then(() => this.#sendOutput(host, pieces)).then(() => {
      this.#offsets.set(node, totals);
      if (isFinal(state) && !this.#stopped) this.#follower.state(node, state);
    });
    this.#hold(node, this.#queue);
  }

  #hold(node: string, until: Promise<void>): void {
    this.#behind.set(node, until);
    until.then(() => {
      if (this.#behind.get(node) === until) this.#behind.delete(node);
    });
  }

  async #sendOutput(host: JobHostRecord, pieces: readonly PositionedPiece[]): Promise<void> {
    const { node } = host;
    this.#offsets.set(node, { stdout: 0, stderr: 0 });
    for (const stream of STREAMS) await this.#sendStored(host, stream);
    for (const { stream, bytes, offset } of pieces) {
      // Some of these bytes may have been sent from the table.
      const known = Math.max(0, (this.#offsets.get(node)?.[stream] ?? 0) - offset);
      if (known >= bytes.length || this.#stopped) continue;
      await this.#send(node, { stream, bytes: bytes.subarray(known), offset: offset + known });
    }
  }

  async #sendStored(
    { node, ...host }: JobHostRecord,
    stream: StreamPiece["stream"],
  ): Promise<void> {
    const { id, jobs } = this.#source;
    let [offset, left] = [0, host[stream].stored];
    try {
      for (const bytes of left > 0 ? jobs.output(id, node, stream) : []) {
        if (this.#stopped || left === 0) return;
        // Bytes that are written from now on also arrive as new output.
        const part = bytes.subarray(0, left);
        await this.#send(node, { stream, bytes: part, offset });
        [offset, left] = [offset + part.length, left - part.length];
      }
    } catch {
      // The job was pruned, or the output cannot be read. The digest in the result reveals the
      // missing bytes.
    }
  }

  #send(node: string, output: PositionedPiece): Promise<void> | void {
    const offsets = this.#offsets.get(node) ?? { stdout: 0, stderr: 0 };
    const end = output.offset + output.bytes.length;
    this.#offsets.set(node, { ...offsets, [output.stream]: end });
    return this.#follower.output(node, output);
  }
}
