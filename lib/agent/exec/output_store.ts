/**
 * Keeps the output of one stream of a command until it is taken: with a limit the beginning and the
 * end of the stream, without a limit all of it. Counts and hashes what is handed on.
 * @module
 */
import { createHash } from "node:crypto";
import type { StreamReport } from "./command.ts";

/** Keeps the last `capacity` bytes of all that it is given; takes its memory at the first byte. */
export class ByteRing {
  readonly #capacity: number;
  #bytes: Uint8Array = new Uint8Array();
  #written = 0;

  /** Makes an empty ring. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many bytes it holds. */
  get length(): number {
    return Math.min(this.#written, this.#capacity);
  }

  /** Adds a copy of `bytes`, and forgets the oldest when there are too many. */
  push(bytes: Uint8Array): void {
    const capacity = this.#capacity;
    if (capacity === 0 || bytes.length === 0) return;
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(capacity);
    const last = bytes.subarray(Math.max(0, bytes.length - capacity));
    const start = (this.#written + bytes.length - last.length) % capacity;
    const first = last.subarray(0, capacity - start);
    this.#bytes.set(first, start);
    this.#bytes.set(last.subarray(first.length), 0);
    this.#written += bytes.length;
  }

  /** Makes an array of the kept bytes, oldest first. */
  toBytes(): Uint8Array {
    const start = this.#written > this.#capacity ? this.#written % this.#capacity : 0;
    const bytes = new Uint8Array(this.length);
    bytes.set(this.#bytes.subarray(start, start + bytes.length));
    bytes.set(this.#bytes.subarray(0, start), bytes.length - start);
    return bytes;
  }
}

/** A piece of a stream. */
export interface OutputPiece {
  /** How many bytes of the stream came before it. */
  readonly offset: number;
  /** At least one. */
  readonly bytes: Uint8Array;
}

/** How much of a limited output is kept from the beginning; the rest is kept from the end. */
const HEAD_SHARE = 0.75;

/** How many of `maxBytes` bytes that are kept are the first of the stream. */
export function headBytesOf(maxBytes: number): number {
  return Math.ceil(maxBytes * HEAD_SHARE);
}

/** The largest piece that is handed on, in bytes. */
const PIECE_BYTES = 64 * 1024;

/** From how many bytes on an unlimited output waits to be taken. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * Counts all bytes of a stream, and holds those that are to be handed on until they are taken,
 * hashing them as they go. With a limit, its first three quarters can be taken as they come and its last quarter,
 * the end of the stream, after {@linkcode OutputStore.finish}. Without a limit everything can be
 * taken, and {@linkcode OutputStore.full} says when to stop adding. So its memory is bounded.
 */
export class OutputStore {
  readonly #hash = createHash("sha256");
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #tail: ByteRing;
  readonly #pending = new PendingBytes();
  #bytes = 0;
  #taken = 0;
  #finished = false;

  /** Makes an empty store that keeps `maxBytes` bytes, or all for `null`. */
  constructor(maxBytes: number | null) {
    this.#headBytes = maxBytes === null ? Infinity : headBytesOf(maxBytes);
    this.#tailBytes = maxBytes === null ? 0 : maxBytes - this.#headBytes;
    this.#tail = new ByteRing(this.#tailBytes);
  }

  /** Whether adding should wait until something has been taken. Never with a limit. */
  get full(): boolean {
    return this.#headBytes === Infinity && this.#pending.length >= HIGH_WATER_BYTES;
  }

  /** Adds the next bytes of the stream; they stay the caller's. */
  add(bytes: Uint8Array): void {
    const room = Math.max(0, this.#headBytes - this.#bytes);
    this.#bytes += bytes.length;
    this.#pending.append(bytes.subarray(0, room));
    this.#tail.push(bytes.subarray(room));
  }

  /** Says that the stream has ended, so that its kept end can be taken. */
  finish(): void {
    this.#finished = true;
  }

  /** Takes the next piece, which then is the caller's; `undefined` when there is none now. */
  take(): OutputPiece | undefined {
    if (this.#pending.length === 0 && this.#finished && this.#tail.length > 0) {
      this.#pending.append(this.#tail.toBytes());
      this.#taken = this.#bytes - this.#pending.length;
      this.#tail = new ByteRing(0);
    }
    const bytes = this.#pending.take(PIECE_BYTES);
    if (bytes === undefined) return undefined;
    const offset = this.#taken;
    this.#taken += bytes.length;
    // Only what is handed on: whoever receives it can check that nothing on the way changed it.
    this.#hash.update(bytes);
    return { offset, bytes };
  }

  /** The figures, once all pieces have been taken; `complete` as in {@linkcode StreamReport}. */
  report(complete: boolean): StreamReport {
    const kept = Math.min(this.#bytes, this.#headBytes + this.#tailBytes);
    return { bytes: this.#bytes, kept, sha256: this.#hash.copy().digest("hex"), complete };
  }
}

/** Bytes that wait to be taken: many small writes become few large pieces. */
class PendingBytes {
  #buffer: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#grow(this.length + bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Hands out a part of the buffer, which is never written to again. */
  take(limit: number): Uint8Array | undefined {
    if (this.length === 0) return undefined;
    const bytes = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + limit));
    this.#start += bytes.length;
    if (this.length === 0) [this.#buffer, this.#start, this.#end] = [new Uint8Array(), 0, 0];
    return bytes;
  }

  #grow(needed: number): void {
    // An empty buffer is made to measure: most commands write once and little.
    const buffer = new Uint8Array(this.length === 0 ? needed : Math.max(needed, 2 * this.length));
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    [this.#buffer, this.#start, this.#end] = [buffer, 0, this.length];
  }
}
