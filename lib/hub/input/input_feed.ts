/**
 * Feeds standard input to the commands of one job. Each block is read once for all hosts with the
 * same start near the same offset, and kept until the slowest host has passed it.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { RateLimiter } from "../../base/rate_limiter.ts";
import type { InputPosition } from "../../envelope/statements/input_block.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import { AgentBroadcast } from "../agents/agent_session.ts";

/** A block that is ready to send. */
export interface FeedBlock {
  /** The offset of its first byte. */
  readonly offset: number;
  /** The offset of its end. */
  readonly end: number;
  /** Whether it is the last block. */
  readonly isLast: boolean;
  /** The broadcast message that carries it. */
  readonly survey: AgentBroadcast;
}

/** How much input is kept for slow hosts, in bytes. */
const MAX_HELD = 8_388_608;

/** How many blocks are kept: small blocks cost more than their bytes. */
const MAX_HELD_BLOCKS = 1_024;

/** The input of one job. */
export class InputFeed {
  readonly #id: string;
  readonly #source: InputSource;
  readonly #readers = new SlowestReader();
  readonly #pace: RateLimiter;
  readonly #blocks = new Map<string, Promise<FeedBlock>>();
  /** The blocks in memory by position, oldest first. */
  readonly #held = new Map<string, FeedBlock>();
  readonly #over = new AbortController();
  #heldBytes = 0;
  #reading: Promise<unknown> = Promise.resolve();
  readonly #freed = new Notifier();

  /** Reads the input of request `id` from `source` on demand. */
  constructor(id: string, source: InputSource, clock: Clock = systemClock) {
    this.#id = id;
    this.#source = source;
    this.#pace = new RateLimiter(clock);
  }

  /** Waits until the rate limit allows `bytes` more; returns at once without a limit. */
  waitForRate(bytes: number): Promise<void> | void {
    const { bytesPerSecond: perSecond } = this.#source;
    if (perSecond !== undefined) return this.#pace.wait({ bytes, perSecond }, this.#over.signal);
  }

  /** Returns the offset at which the host `node` starts. */
  async startOf(node: string): Promise<number> {
    return await this.#source.startOf?.(node) ?? 0;
  }

  /** Adds a reader at the start of the input. */
  addReader(): void {
    this.#readers.add(0);
  }

  /** Moves a reader from offset `from` to offset `to`. */
  moveReader(from: number, to: number): void {
    this.#readers.move(from, to);
    this.#forget();
  }

  /** Removes a reader at `offset`. After the last one, reading stops. */
  removeReader(offset: number): void {
    this.#readers.remove(offset);
    this.#forget();
    if (this.#readers.offset !== Infinity) return;
    this.#over.abort();
    this.#freed.notify();
  }

  /** Returns the block at `position`; rejects if it cannot be read. */
  block(position: InputPosition): Promise<FeedBlock> {
    const key = positionKey(position);
    const known = this.#blocks.get(key);
    if (known) return known;
    const block = this.#reading.then(() => this.#read(position));
    this.#blocks.set(key, block);
    this.#reading = block.catch(() => {});
    return block;
  }

  async #read(position: InputPosition): Promise<FeedBlock> {
    while (!this.#source.seekable && this.#isFull && !this.#over.signal.aborted) {
      await this.#freed.wait();
    }
    this.#over.signal.throwIfAborted();
    const { bytes, signature } = await this.#source.read(position, this.#over.signal);
    const { offset } = position;
    const message = { kind: "input", id: this.#id, ...position, signature, bytes } as const;
    const block: FeedBlock = {
      offset,
      end: offset + bytes.length,
      isLast: bytes.length === 0,
      survey: new AgentBroadcast(message),
    };
    this.#held.set(positionKey(position), block);
    this.#heldBytes += bytes.length;
    this.#forget();
    return block;
  }

  get #isFull(): boolean {
    return this.#heldBytes >= MAX_HELD || this.#held.size >= MAX_HELD_BLOCKS;
  }

  /**
   * Drops blocks that no host needs. If the source is seekable, also drops blocks beyond the limit.
   */
  #forget(): void {
    const { offset: slowest } = this.#readers;
    for (const [key, { offset, end, isLast }] of this.#held) {
      const isNeeded = isLast ? slowest !== Infinity : end > slowest;
      if (isNeeded && !(this.#source.seekable && this.#isFull)) break;
      this.#held.delete(key);
      this.#blocks.delete(key);
      this.#heldBytes -= end - offset;
    }
    this.#freed.notify();
  }
}

/** Returns a key for maps of positions. */
export function positionKey({ start, offset }: InputPosition): string {
  return `${start}+${offset}`;
}

/** Counts readers by offset. Thousands of readers share a few offsets. */
export class SlowestReader {
  readonly #counts = new Map<number, number>();
  #offset = Infinity;

  /** The offset of the slowest reader; `Infinity` if there is none. */
  get offset(): number {
    return this.#offset;
  }

  /** Adds a reader at `offset`. */
  add(offset: number): void {
    this.#counts.set(offset, (this.#counts.get(offset) ?? 0) + 1);
    if (offset < this.#offset) this.#offset = offset;
  }

  /** Removes a reader at `offset`. */
  remove(offset: number): void {
    const others = (this.#counts.get(offset) ?? 0) - 1;
    if (others > 0) return void this.#counts.set(offset, others);
    this.#counts.delete(offset);
    if (offset === this.#offset) this.#offset = Math.min(...this.#counts.keys());
  }

  /** Moves a reader from one offset to another. */
  move(from: number, to: number): void {
    if (from === to) return;
    this.add(to);
    this.remove(from);
  }
}
