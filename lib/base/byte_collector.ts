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
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array();
  #length = 0;

  /** Makes an empty collector that keeps the first `limit` bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a piece, which stays the caller's; what exceeds the limit is dropped. */
  add(piece: Uint8Array): void {
    const kept = piece.subarray(0, this.#limit - this.#length);
    const end = this.#length + kept.length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.set(kept, this.#length);
    this.#length = end;
  }

  /** What was collected; not to be changed, nor added to afterwards. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
