/**
 * Records one job in the store: states as they change, output before the agent may forget it, and
 * the signed results. A write that fails is retried, because the disk may have room later.
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

/** What a ledger needs. */
export interface JobWriterOptions {
  /** Where it writes. */
  readonly jobs: JobStore;
  /** Where time comes from. */
  readonly clock: Clock;
  /** How much of each stream of a host is kept, in bytes. */
  readonly keepOutput: number;
  /** What is known of each host from before. */
  readonly tails?: ReadonlyMap<string, OutputTail>;
  /** Ends the trying: what was not written by then is not promised to anybody. */
  readonly signal: AbortSignal;
}

/**
 * How many bytes of memory the output of all hosts may take that waits to be written down. Short
 * output is written once, when its host has ended: equal output of many hosts then costs one body.
 */
const MAX_WAITING = 33_554_432;
/** How long after a failure it is tried again, in milliseconds. */
const RETRY_MS = 2_000;

/** What has become known of a host and is not written down for certain. */
export interface UnwrittenHost {
  /** What it has printed. */
  readonly tail: OutputTail;
  /** How it ended, if it has. */
  readonly end?: JobHostEnd;
}

/** What is being written of one host, one thing after the other. */
interface HostWrites {
  readonly tail: OutputTail;
  /** Absent if it began to print before this hub was started: then nobody can tell. */
  readonly proof?: OutputDigest;
  end?: JobHostEnd;
  last?: Promise<void>;
}

/** The ledger of one job. */
export class JobWriter implements JobSink {
  readonly #id: string;
  readonly #options: JobWriterOptions;
  readonly #pages: Map<string, HostWrites>;
  #waiting = 0;

  /** Writes about the job `id`, which has been added to the table. */
  constructor(id: string, options: JobWriterOptions) {
    this.#id = id;
    this.#options = options;
    this.#pages = new Map(
      [...options.tails ?? []].map(([node, tail]) => [node, resumeWrites(tail)]),
    );
  }

  /** What is known of `node` beyond the table; nothing when all of it is written down. */
  unwritten(node: string): UnwrittenHost | undefined {
    return this.#pages.get(node);
  }

  /** Resolves when everything so far is on disk; rejects when that is not tried any longer. */
  async written(): Promise<void> {
    await Promise.all([...this.#pages.values()].map(({ last }) => last));
  }

  /** Writes a state down; resolves when a final one is on disk, however often that must be tried. */
  state(node: string, state: VerifiedState): Promise<void> | void {
    const { jobs, clock } = this.#options;
    if (isFinal(state)) return this.#end(node, state);
    if (state.kind === "delivered" || state.kind === "started") {
      jobs.advance(this.#id, node, state.kind, clock.now());
    }
  }

  /** Keeps output; it is written when the agent is to forget it, or when it has become too much. */
  output(node: string, piece: StreamPiece): Promise<void> | void {
    const { tail, proof } = this.#page(node);
    proof?.add(piece);
    const before = tail.cost;
    tail.add(piece);
    this.#waiting += tail.cost - before;
    if (this.#waiting > MAX_WAITING) return this.settle(node);
  }

  /** Writes down the output of `node` that has come so far. */
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

  /** In the order in which it became known, even if something must be tried again. */
  #write(page: HostWrites, write: () => Promise<void>): Promise<void> {
    const written = page.last ? page.last.then(() => this.#persist(write)) : this.#persist(write);
    page.last = written;
    return written;
  }

  /** A disk that is full may have room later; until then agents keep what they have signed. */
  async #persist(write: () => Promise<void>): Promise<void> {
    while (true) {
      try {
        return await write();
      } catch {
        // The store tells of what it has lost.
        await this.#options.clock.sleep(RETRY_MS, this.#options.signal);
      }
    }
  }
}

/** Output whose beginning was not seen cannot be compared with what the agent has signed. */
function endedOutcome(result: Result, seen: OutputDigest | undefined): EndedOutcome {
  return seen?.matches(result) ?? true ? result.outcome : UNVERIFIED;
}

function resumeWrites(tail: OutputTail): HostWrites {
  return tail.received > 0 ? { tail } : { tail, proof: new OutputDigest() };
}
