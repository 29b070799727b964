/**
 * Tells a follower of a job everything from the beginning: first what was written down, then what
 * happens, for each host in its order and nothing twice. Imports its siblings.
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { type HostState, isFinal } from "./host_state.ts";
import type { JobSink } from "./job_host.ts";
import { type HostNews, type JobFollower, newsOf } from "./job_news.ts";
import type { OutputTail, Piece } from "./output_tail.ts";
import type { JobHostRecord } from "./store/job_record.ts";
import type { JobTable } from "./store/job_table.ts";

/** What there is to be told of a job. */
export interface ReplaySource {
  /** The id of the request. */
  readonly id: string;
  /** Where it was written down. */
  readonly jobs: JobTable;
  /** What has come from a host and is not written down yet; nothing for jobs that are over. */
  tail(node: string): OutputTail | undefined;
  /** Where time comes from. */
  readonly clock: Clock;
}

const STREAMS = ["stdout", "stderr"] as const;

/** One follower of one job. As a sink it takes what happens from now on. */
export class JobReplay implements Omit<JobSink, "settle"> {
  readonly #source: ReplaySource;
  readonly #follower: JobFollower;
  /** Hosts of which not everything from before has been told; what happens must wait for that. */
  readonly #behind = new Map<string, Promise<void>>();
  readonly #offsets = new Map<string, Record<Piece["stream"], number>>();
  #left = false;

  /** Begins to tell what was written down. */
  constructor(source: ReplaySource, follower: JobFollower) {
    this.#source = source;
    this.#follower = follower;
    for (const host of source.jobs.hosts(source.id)) this.#retell(host);
  }

  /** Tells nothing more. */
  leave(): void {
    this.#left = true;
  }

  /** A host is in a new state. */
  state(node: string, state: HostState): void {
    const news = newsOf(state, this.#source.clock.now());
    this.#inOrder(node, () => this.#follower.state(node, news));
  }

  /** A host has printed something. */
  output(node: string, piece: Piece): Promise<void> | void {
    return this.#inOrder(node, () => this.#tell(node, piece));
  }

  /** All hosts are in final states: says so when everything before has been told. */
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
    const tail = this.#source.tail(node);
    const pieces = tail?.pieces.slice() ?? [];
    const totals = { stdout: stdout.total, stderr: stderr.total };
    if (tail) { for (const name of STREAMS) totals[name] = tail.of(name).total; }
    this.#offsets.set(node, { stdout: 0, stderr: 0 });
    const news = newsFrom(host);
    if (stdout.stored + stderr.stored + pieces.length === 0) {
      this.#offsets.set(node, totals);
      return this.#follower.state(node, news);
    }
    const begun: HostNews = { kind: "started", at: host.startedAt ?? host.pendingAt };
    this.#follower.state(node, isFinal(news) ? begun : news);
    const telling = this.#tellStored(host, pieces).then(() => {
      this.#offsets.set(node, totals);
      if (isFinal(news) && !this.#left) this.#follower.state(node, news);
    });
    this.#hold(node, telling);
  }

  #hold(node: string, until: Promise<void>): void {
    this.#behind.set(node, until);
    until.then(() => {
      if (this.#behind.get(node) === until) this.#behind.delete(node);
    });
  }

  async #tellStored(host: JobHostRecord, pieces: readonly Piece[]): Promise<void> {
    const { id, jobs } = this.#source;
    for (const stream of STREAMS) {
      let left = host[stream].stored;
      for (const bytes of left > 0 ? jobs.output(id, host.node, stream) : []) {
        if (this.#left || left === 0) break;
        // What is written down from now on comes as something that happens, too.
        const part = bytes.subarray(0, left);
        left -= part.length;
        await this.#tell(host.node, { stream, bytes: part });
      }
    }
    for (const piece of pieces) if (!this.#left) await this.#tell(host.node, piece);
  }

  #tell(node: string, { stream, bytes }: Piece): Promise<void> | void {
    const offsets = this.#offsets.get(node) ?? { stdout: 0, stderr: 0 };
    const offset = offsets[stream];
    this.#offsets.set(node, { ...offsets, [stream]: offset + bytes.length });
    return this.#follower.output(node, { stream, bytes, offset });
  }
}

function newsFrom({ kind, reason = "", result, ...times }: JobHostRecord): HostNews {
  const at = times.endedAt ?? times.startedAt ?? times.deliveredAt ?? times.pendingAt;
  if (kind === "lost") return { kind, reason, at };
  if (kind !== "ended") return { kind, at };
  return { kind, envelope: result ?? new Uint8Array(), at };
}
