/**
 * Keeps the output of one stream of a command until it is taken. With a limit it keeps the start
 * and the end of the stream, without one everything. Counts and hashes the bytes that are taken.
 * @module
 */
import { createHash } from "node:crypto";
import type { StreamReport } from "./command.ts";

/** Keeps the last `capacity` bytes. Allocates its memory at the first byte. */
export class ByteRing {
  readonly #capacity: number;
  #bytes: Uint8Array = new Uint8Array();
  #written = 0;

  /** Creates an empty ring. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The number of bytes that it holds. */
  get length(): number {
    return Math.min(this.#written, this.#capacity);
  }

  /** Adds a copy of `bytes`, and drops the oldest bytes beyond the capacity. */
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

  /** Returns a copy of the kept bytes, oldest first. */
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
  /** The offset in the stream. */
  readonly offset: number;
  /** At least one byte. */
  readonly bytes: Uint8Array;
}

/** The share of a limited output that is kept from the start; the rest is kept from the end. */
const HEAD_SHARE = 0.75;

/** Returns how many of `maxBytes` kept bytes are from the start of the stream. */
export function headBytesOf(maxBytes: number): number {
  return Math.ceil(maxBytes * HEAD_SHARE);
}

/** The largest piece, in bytes. */
const PIECE_BYTES = 64 * 1024;

/** The number of bytes from which an unlimited output waits to be taken. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * Counts and hashes the bytes of a stream, and holds them until they are taken. With a limit, the
 * first three quarters can be taken at once. The last quarter, the end of the stream, can be taken
 * after {@linkcode OutputStore.finish}. Without a limit everything can be taken, and {@linkcode
 * OutputStore.full} signals when to stop adding. So its memory is bounded.
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

  /** Creates an empty store that keeps `maxBytes` bytes, or all for `null`. */
  constructor(maxBytes: number | null) {
    this.#headBytes = maxBytes === null ? Infinity : headBytesOf(maxBytes);
    this.#tailBytes = maxBytes === null ? 0 : maxBytes - this.#headBytes;
    this.#tail = new ByteRing(this.#tailBytes);
  }

  /** Whether adding must wait until something was taken. Never with a limit. */
  get full(): boolean {
    return this.#headBytes === Infinity && this.#pending.length >= HIGH_WATER_BYTES;
  }

  /** Adds the next bytes of the stream; the caller keeps them. */
  add(bytes: Uint8Array): void {
    const room = Math.max(0, this.#headBytes - this.#bytes);
    this.#bytes += bytes.length;
    this.#pending.append(bytes.subarray(0, room));
    this.#tail.push(bytes.subarray(room));
  }

  /** Ends the stream, so that its kept end can be taken. */
  finish(): void {
    this.#finished = true;
  }

  /** Takes the next piece, which the caller owns; `undefined` if there is none now. */
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
    // Hash only what is sent, so that the receiver can check it.
    this.#hash.update(bytes);
    return { offset, bytes };
  }

  /**
   * Returns the figures, once all pieces have been taken; `complete` as in {@linkcode
   * StreamReport}.
   */
  report(complete: boolean): StreamReport {
    const kept = Math.min(this.#bytes, this.#headBytes + this.#tailBytes);
    return { bytes: this.#bytes, kept, sha256: this.#hash.copy().digest("hex"), complete };
  }
}

/** Bytes that wait to be taken. Joins many small writes into few large pieces. */
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

  /** Takes a part of the buffer, which is never written to again. */
  take(limit: number): Uint8Array | undefined {
    if (this.length === 0) return undefined;
    const bytes = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + limit));
    this.#start += bytes.length;
    if (this.length === 0) [this.#buffer, this.#start, this.#end] = [new Uint8Array(), 0, 0];
    return bytes;
  }

  #grow(needed: number): void {
    // The first buffer has the exact size: most commands write once and little.
    const buffer = new Uint8Array(this.length === 0 ? needed : Math.max(needed, 2 * this.length));
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    [this.#buffer, this.#start, this.#end] = [buffer, 0, this.length];
  }
}
