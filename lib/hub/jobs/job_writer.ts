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
import type { StreamPiece } from "../../protocol/agent/streams.ts";
import { OutputTail } from "./output_tail.ts";
import type { JobHostEnd } from "../store/job_record.ts";
import type { JobStore } from "../store/job_table.ts";

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
  readonly #pages: Map<string, HostWrites>;
  #waiting = 0;

  /** Creates a writer for the job `id`, which is in the table. */
  constructor(id: string, options: JobWriterOptions) {
    this.#id = id;
    this.#options = options;
    this.#pages = new Map(
      [...options.tails ?? []].map(([node, tail]) => [node, resumeWrites(tail)]),
    );
  }

  /** Returns what is known of `node` beyond the table; `undefined` if all of it is on disk. */
  unwritten(node: string): UnwrittenHost | undefined {
    return this.#pages.get(node);
  }

  /** Resolves when everything so far is on disk; rejects when the retries end. */
  async written(): Promise<void> {
    await Promise.all([...this.#pages.values()].map(({ last }) => last));
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
    const { tail, proof } = this.#page(node);
    proof?.add(piece);
    const before = tail.cost;
    tail.add(piece);
    this.#waiting += tail.cost - before;
    if (this.#waiting > MAX_WAITING) return this.settle(node);
  }

  /** Writes the output of `node` so far. */
  async settle(node: string): Promise<void> {
    const page = this.#page(node);
    const { tail } = page;
    const { received } = tail;
    const totals = { stdout: tail.stats("stdout").total, stderr: tail.stats("stderr").total };
    const chunks = this.#take(tail);
    const part = { received, ...totals, chunks };
    await this.#write(page, () => this.#options.jobs.spool(this.#id, node, part));
    tail.written(chunks.length);
  }

  async #end(node: string, state: VerifiedFinalState): Promise<void> {
    const page = this.#page(node);
    const end = this.#endOf(page, state);
    page.end = end;
    await this.#write(page, () => this.#options.jobs.end(this.#id, node, end));
    this.#pages.delete(node);
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

  #page(node: string): HostWrites {
    const page = this.#pages.get(node) ??
      { tail: new OutputTail(this.#options.keepOutput), proof: new OutputDigest() };
    this.#pages.set(node, page);
    return page;
  }

  #take(tail: OutputTail): readonly StreamPiece[] {
    this.#waiting -= tail.cost;
    return tail.take();
  }

  /** Queues a write of one host; the order survives retries. */
  #write(page: HostWrites, write: () => Promise<void>): Promise<void> {
    const written = page.last ? page.last.then(() => this.#persist(write)) : this.#persist(write);
    page.last = written;
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
