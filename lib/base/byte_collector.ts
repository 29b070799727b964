/**
 * Bytes that come in pieces and are wanted in one. Imports nothing.
 * @module
 */

/**
 * Joins pieces as they come, so that many small ones cost no more than few large ones, and keeps no
 * more than a limit.
 */
export class ByteCollector {
  readonly #limit: number;
  #buffer: Uint8Array;
  #length: number;

  /** Keeps the first `limit` bytes, beginning with `first`, which is the collector's from now on. */
  constructor(limit: number, first: Uint8Array = new Uint8Array()) {
    this.#limit = limit;
    this.#buffer = first;
    this.#length = first.length;
  }

  /** How many bytes were collected. */
  get length(): number {
    return this.#length;
  }

  /** Whether all of `piece` would be kept. */
  hasRoom(piece: Uint8Array): boolean {
    return this.#length + piece.length <= this.#limit;
  }

  /** Adds a piece, which stays the caller's; what exceeds the limit is dropped. */
  add(piece: Uint8Array): void {
    const kept = piece.subarray(0, this.#limit - this.#length);
    const end = this.#length + kept.length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.set(kept, this.#length);
    this.#length = end;
  }

  /** What was collected so far; not to be changed. It stays as it is when more is added. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, Math.min(this.#limit, 2 * needed)));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}
