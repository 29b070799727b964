/**
 * Replays a job to a follower from its beginning: first what was recorded, then what happens, in
 * order for each host and nothing twice.
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

/** The source of a replay. */
export interface ReplaySource {
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

/** One follower of one job. As a sink it takes the new events. */
export class JobReplay implements Omit<JobSink, "settle"> {
  readonly #source: ReplaySource;
  readonly #follower: JobFollower;
  /** Hosts whose replay is not complete; their new events must wait for it. */
  readonly #behind = new Map<string, Promise<void>>();
  readonly #offsets = new Map<string, Readonly<Record<StreamPiece["stream"], number>>>();
  /** Serialises the replays of the hosts, which read as fast as the follower takes. */
  #queue = Promise.resolve();
  #left = false;

  /** Starts to replay the recorded events. */
  constructor(source: ReplaySource, follower: JobFollower) {
    this.#source = source;
    this.#follower = follower;
    for (const host of source.jobs.hosts(source.id)) this.#retell(host);
  }

  /** Stops all events. */
  stop(): void {
    this.#left = true;
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
      return this.#tell(node, { ...piece, offset });
    });
  }

  /** Ends the replay when all hosts are in final states and every event was sent. */
  async over(): Promise<void> {
    await Promise.all(this.#behind.values());
    if (!this.#left) this.#follower.over();
  }

  #inOrder(node: string, action: () => Promise<void> | void): Promise<void> | void {
    if (this.#left) return;
    const before = this.#behind.get(node);
    if (!before) return action();
    const after = before.then(() => this.#left ? undefined : action());
    this.#hold(node, after);
    return after;
  }

  #retell(host: JobHostRecord): void {
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
    const begun: DatedHostState = { kind: "started", at: host.startedAt ?? host.pendingAt };
    this.#follower.state(node, isFinal(state) ? begun : state);
    this.#queue = this.#queue.then(() => this.#replayStored(host, pieces)).then(() => {
      this.#offsets.set(node, totals);
      if (isFinal(state) && !this.#left) this.#follower.state(node, state);
    });
    this.#hold(node, this.#queue);
  }

  #hold(node: string, until: Promise<void>): void {
    this.#behind.set(node, until);
    until.then(() => {
      if (this.#behind.get(node) === until) this.#behind.delete(node);
    });
  }

  async #replayStored(host: JobHostRecord, pieces: readonly PositionedPiece[]): Promise<void> {
    const { node } = host;
    this.#offsets.set(node, { stdout: 0, stderr: 0 });
    for (const stream of STREAMS) await this.#tellKept(host, stream);
    for (const { stream, bytes, offset } of pieces) {
      // Some of it may be in the table by now, or may have been for a while.
      const known = Math.max(0, (this.#offsets.get(node)?.[stream] ?? 0) - offset);
      if (known >= bytes.length || this.#left) continue;
      await this.#tell(node, { stream, bytes: bytes.subarray(known), offset: offset + known });
    }
  }

  async #tellKept({ node, ...host }: JobHostRecord, stream: StreamPiece["stream"]): Promise<void> {
    const { id, jobs } = this.#source;
    let [offset, left] = [0, host[stream].stored];
    try {
      for (const bytes of left > 0 ? jobs.output(id, node, stream) : []) {
        if (this.#left || left === 0) return;
        // Bytes that are written from now on also arrive as new output.
        const part = bytes.subarray(0, left);
        await this.#tell(node, { stream, bytes: part, offset });
        [offset, left] = [offset + part.length, left - part.length];
      }
    } catch {
      // The job was pruned, or the output cannot be read. The digest in the result reveals the
      // missing bytes.
    }
  }

  #tell(node: string, output: PositionedPiece): Promise<void> | void {
    const offsets = this.#offsets.get(node) ?? { stdout: 0, stderr: 0 };
    const end = output.offset + output.bytes.length;
    this.#offsets.set(node, { ...offsets, [output.stream]: end });
    return this.#follower.output(node, output);
  }
}
