/**
 * Writes one job to the store: states as they change, output before the agent may drop it, and the
 * signed results. A failed write is retried, because the disk may have room later.
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import type { Result } from "../../envelope/statements/result.ts";
import {
  type EndedOutcome,
  isFinal,
  type JobSink,
  UNVERIFIED,
  type VerifiedFinalState,
  type VerifiedState,
} from "../../protocol/job/host_state.ts";
import { OutputDigest } from "../../protocol/job/output_digest.ts";
import { type PositionedPiece, RunBuffer, type StreamPiece } from "../../protocol/agent/streams.ts";
import type { JobHostEnd } from "../store/job_record.ts";
import type { JobStore } from "../store/job_table.ts";

/** The figures of one stream, in bytes. */
export interface StreamStats {
  /** How many bytes have arrived. */
  readonly total: number;
  /** How many of them are kept, from the start. */
  readonly kept: number;
}

/** The memory cost of a piece besides its bytes, in bytes. */
const PIECE_COST = 512;

const NO_OUTPUT: StreamStats = { total: 0, kept: 0 };

/** The latest output of one host that is not on disk yet, with the totals of all its output. */
export class OutputTail {
  readonly #limit: number;
  readonly #figures: Record<StreamPiece["stream"], StreamStats>;
  readonly #held = new RunBuffer();
  /** How many pieces were handed out to be written. */
  #handed = 0;
  #cost = 0;

  /** Keeps at most `limit` bytes of each stream; continues from the written `figures`. */
  constructor(
    limit: number,
    figures: Readonly<Record<StreamPiece["stream"], StreamStats>> = {
      stdout: NO_OUTPUT,
      stderr: NO_OUTPUT,
    },
  ) {
    this.#limit = limit;
    this.#figures = { ...figures };
  }

  /** The memory of the pieces that were not handed out yet, in bytes. */
  get cost(): number {
    return this.#cost;
  }

  /** The pieces that are not on disk yet. */
  get pieces(): readonly PositionedPiece[] {
    return this.#held.runs;
  }

  /** Returns the figures of a stream. */
  stats(stream: StreamPiece["stream"]): StreamStats {
    return this.#figures[stream];
  }

  /** How many bytes of both streams have arrived. */
  get received(): number {
    return this.#figures.stdout.total + this.#figures.stderr.total;
  }

  /** Adds a piece. */
  add({ stream, bytes }: StreamPiece): void {
    const { total, kept } = this.#figures[stream];
    // After dropped bytes everything is dropped, so that the kept output has no gaps.
    const room = kept === total ? Math.max(0, this.#limit - kept) : 0;
    const piece = bytes.subarray(0, room);
    this.#figures[stream] = { total: total + bytes.length, kept: kept + piece.length };
    if (piece.length > 0) this.#keep({ stream, offset: kept, bytes: piece });
  }

  /** Hands out the pieces that must be written and were not handed out before. */
  take(): readonly PositionedPiece[] {
    const pieces = this.#held.runs.slice(this.#handed);
    this.#handed = this.#held.length;
    this.#held.seal();
    this.#cost = 0;
    return pieces;
  }

  /** Notes that the oldest `count` handed-out pieces are on disk. */
  written(count: number): void {
    this.#held.drop(count);
    this.#handed -= count;
  }

  #keep(piece: PositionedPiece): void {
    this.#cost += piece.bytes.length + (this.#held.joins(piece) ? 0 : PIECE_COST);
    this.#held.add(piece);
  }
}

/** Options of a job writer. */
export interface JobWriterOptions {
  /** The table of jobs. */
  readonly jobs: JobStore;
  /** The source of time. */
  readonly clock: Clock;
  /** How much of each stream of a host is stored, in bytes. */
  readonly keepOutput: number;
  /** The output tail of each host from an earlier process. */
  readonly tails?: ReadonlyMap<string, OutputTail>;
  /** Ends the retries. Writes that failed by then are not acknowledged. */
  readonly signal: AbortSignal;
}

/**
 * How much unwritten output of all hosts may stay in memory, in bytes. Short output is written
 * once, at the end of its host, so that equal output of many hosts is stored once.
 */
const MAX_WAITING = 33_554_432;
/** The wait before a failed write is retried, in milliseconds. */
const RETRY_MS = 2_000;

/** What is known of a host and not on disk yet. */
export interface UnwrittenHost {
  /** Its output. */
  readonly tail: OutputTail;
  /** Its end, if it has ended. */
  readonly end?: JobHostEnd;
}

/** The pending writes of one host, in order. */
interface HostWrites {
  readonly tail: OutputTail;
  /** Absent if the output started before this hub did, because it cannot be verified then. */
  readonly proof?: OutputDigest;
  end?: JobHostEnd;
  last?: Promise<void>;
}

/** The writer of one job. */
export class JobWriter implements JobSink {
  readonly #id: string;
  readonly #options: JobWriterOptions;
  readonly #hosts: Map<string, HostWrites>;
  #waiting = 0;

  /** Creates a writer for the job `id`, which is in the table. */
  constructor(id: string, options: JobWriterOptions) {
    this.#id = id;
    this.#options = options;
    this.#hosts = new Map(
      [...options.tails ?? []].map(([node, tail]) => [node, resumeWrites(tail)]),
    );
  }

  /** Returns what is known of `node` beyond the table; `undefined` if all of it is on disk. */
  unwritten(node: string): UnwrittenHost | undefined {
    return this.#hosts.get(node);
  }

  /** Resolves when everything so far is on disk; rejects when the retries end. */
  async written(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map(({ last }) => last));
  }

  /** Writes a state; a final one resolves when it is on disk, after any number of retries. */
  state(node: string, state: VerifiedState): Promise<void> | void {
    const { jobs, clock } = this.#options;
    if (isFinal(state)) return this.#end(node, state);
    if (state.kind === "delivered" || state.kind === "started") {
      jobs.advance(this.#id, node, state.kind, clock.now());
    }
  }

  /** Buffers output. It is written before the agent may drop it, or when the buffers are full. */
  output(node: string, piece: StreamPiece): Promise<void> | void {
    const { tail, proof } = this.#writesOf(node);
    proof?.add(piece);
    const before = tail.cost;
    tail.add(piece);
    this.#waiting += tail.cost - before;
    if (this.#waiting > MAX_WAITING) return this.settle(node);
  }

  /** Writes the output of `node` so far. */
  async settle(node: string): Promise<void> {
    const writes = this.#writesOf(node);
    const { tail } = writes;
    const { received } = tail;
    const totals = { stdout: tail.stats("stdout").total, stderr: tail.stats("stderr").total };
    const chunks = this.#take(tail);
    const part = { received, ...totals, chunks };
    await this.#write(writes, () => this.#options.jobs.spool(this.#id, node, part));
    tail.written(chunks.length);
  }

  async #end(node: string, state: VerifiedFinalState): Promise<void> {
    const writes = this.#writesOf(node);
    const end = this.#endOf(writes, state);
    writes.end = end;
    await this.#write(writes, () => this.#options.jobs.end(this.#id, node, end));
    this.#hosts.delete(node);
  }

  #endOf({ tail, proof }: HostWrites, state: VerifiedFinalState): JobHostEnd {
    const pieces = this.#take(tail);
    const stream = (name: StreamPiece["stream"]) => ({
      total: tail.stats(name).total,
      rest: pieces.filter((piece) => piece.stream === name).map(({ bytes }) => bytes),
    });
    return {
      state: { ...state, at: this.#options.clock.now() },
      ...(state.kind === "ended" && { outcome: endedOutcome(state.result.body, proof) }),
      stdout: stream("stdout"),
      stderr: stream("stderr"),
    };
  }

  #writesOf(node: string): HostWrites {
    const writes = this.#hosts.get(node) ??
      { tail: new OutputTail(this.#options.keepOutput), proof: new OutputDigest() };
    this.#hosts.set(node, writes);
    return writes;
  }

  #take(tail: OutputTail): readonly StreamPiece[] {
    this.#waiting -= tail.cost;
    return tail.take();
  }

  /** Queues a write of one host; the order survives retries. */
  #write(writes: HostWrites, write: () => Promise<void>): Promise<void> {
    const written = writes.last
      ? writes.last.then(() => this.#persist(write))
      : this.#persist(write);
    writes.last = written;
    return written;
  }

  /** Retries a write. A full disk may have room later, and until then agents keep their results. */
  async #persist(write: () => Promise<void>): Promise<void> {
    while (true) {
      try {
        return await write();
      } catch {
        // The store reports the lost write.
        await this.#options.clock.sleep(RETRY_MS, this.#options.signal);
      }
    }
  }
}

/** Returns the outcome. Output whose start was not seen cannot be verified against the result. */
function endedOutcome(result: Result, seen: OutputDigest | undefined): EndedOutcome {
  return seen?.matches(result) ?? true ? result.outcome : UNVERIFIED;
}

function resumeWrites(tail: OutputTail): HostWrites {
  return tail.received > 0 ? { tail } : { tail, proof: new OutputDigest() };
}
