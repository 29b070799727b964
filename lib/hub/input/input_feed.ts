/**
 * Standard input of the commands of one job. Each block is read once for all hosts that are near
 * the same offset, and kept until the slowest host has passed it.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { RateLimiter } from "../../base/rate_limiter.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import { AgentBroadcast } from "../agents/agent_session.ts";

/** A block that is ready to be sent. */
export interface FeedBlock {
  /** Where it ends. */
  readonly end: number;
  /** Whether nothing follows. */
  readonly isLast: boolean;
  /** The message that carries it. */
  readonly survey: AgentBroadcast;
}

/** How much input is kept for hosts that are behind, in bytes. */
const MAX_HELD = 8_388_608;

/** In how many blocks: what comes in a trickle costs more than its bytes. */
const MAX_HELD_BLOCKS = 1_024;

/** The input of one job. */
export class InputFeed {
  readonly #id: string;
  readonly #source: InputSource;
  readonly #readers = new SlowestReader();
  readonly #pace: RateLimiter;
  readonly #blocks = new Map<number, Promise<FeedBlock>>();
  /** The blocks that were read, oldest first, with their lengths. */
  readonly #held = new Map<number, FeedBlock>();
  readonly #over = new AbortController();
  #heldBytes = 0;
  #reading: Promise<unknown> = Promise.resolve();
  readonly #freed = new Notifier();

  /** Reads the input of request `id` from `source`, as it is needed. */
  constructor(id: string, source: InputSource, clock: Clock = systemClock) {
    this.#id = id;
    this.#source = source;
    this.#pace = new RateLimiter(clock);
  }

  /** Waits for a host's turn to be sent so many bytes; without a limit it is always anybody's. */
  waitForRate(bytes: number): Promise<void> | void {
    const { bytesPerSecond: perSecond } = this.#source;
    if (perSecond !== undefined) return this.#pace.wait({ bytes, perSecond }, this.#over.signal);
  }

  /** Where the host `node` begins. */
  async startOf(node: string): Promise<number> {
    return await this.#source.startOf?.(node) ?? 0;
  }

  /** A host needs the input from its beginning on. */
  addReader(): void {
    this.#readers.add(0);
  }

  /** A host needs it only from `to` on, no longer from `from`. */
  moveReader(from: number, to: number): void {
    this.#readers.move(from, to);
    this.#forget();
  }

  /** A host that needed it from `place` on needs nothing more. After the last one, reading stops. */
  removeReader(place: number): void {
    this.#readers.remove(place);
    this.#forget();
    if (this.#readers.offset !== Infinity) return;
    this.#over.abort();
    this.#freed.notify();
  }

  /** The block that begins at `offset`; rejects if it cannot be read. */
  block(offset: number): Promise<FeedBlock> {
    const known = this.#blocks.get(offset);
    if (known) return known;
    const block = this.#reading.then(() => this.#read(offset));
    this.#blocks.set(offset, block);
    this.#reading = block.catch(() => {});
    return block;
  }

  async #read(offset: number): Promise<FeedBlock> {
    while (!this.#source.seekable && this.#isFull && !this.#over.signal.aborted) {
      await this.#freed.wait();
    }
    this.#over.signal.throwIfAborted();
    const { bytes, signature } = await this.#source.read(offset, this.#over.signal);
    const message = { kind: "input", id: this.#id, offset, signature, bytes } as const;
    const block: FeedBlock = {
      end: offset + bytes.length,
      isLast: bytes.length === 0,
      survey: new AgentBroadcast(message),
    };
    this.#held.set(offset, block);
    this.#heldBytes += bytes.length;
    this.#forget();
    return block;
  }

  get #isFull(): boolean {
    return this.#heldBytes >= MAX_HELD || this.#held.size >= MAX_HELD_BLOCKS;
  }

  /** Lets go of what no host needs; and where it can be read again, of what is too much. */
  #forget(): void {
    const { offset: place } = this.#readers;
    for (const [offset, { end, isLast }] of this.#held) {
      const isNeeded = isLast ? place !== Infinity : end > place;
      if (isNeeded && !(this.#source.seekable && this.#isFull)) break;
      this.#held.delete(offset);
      this.#blocks.delete(offset);
      this.#heldBytes -= end - offset;
    }
    this.#freed.notify();
  }
}

/** Counts readers by their places: most of many thousands stand at a few of them. */
export class SlowestReader {
  readonly #counts = new Map<number, number>();
  #place = Infinity;

  /** The place of the slowest reader; `Infinity` when there is none. */
  get offset(): number {
    return this.#place;
  }

  /** A reader begins at `place`. */
  add(place: number): void {
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1);
    if (place < this.#place) this.#place = place;
  }

  /** A reader that is at `place` reads no more. */
  remove(place: number): void {
    const others = (this.#counts.get(place) ?? 0) - 1;
    if (others > 0) return void this.#counts.set(place, others);
    this.#counts.delete(place);
    if (place === this.#place) this.#place = Math.min(...this.#counts.keys());
  }

  /** A reader goes on from one place to another. */
  move(from: number, to: number): void {
    if (from === to) return;
    this.add(to);
    this.remove(from);
  }
}
