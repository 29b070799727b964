/**
 * The last bytes of a stream. Pure. Imports nothing.
 * @module
 */

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
