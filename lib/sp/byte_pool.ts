/**
 * Copies of short byte arrays. A buffer of its own for each of them would be slow to make, so
 * they share blocks that are small enough to be kept alive by any one of them.
 * @module
 */

const BLOCK = 8_192;
const NOTHING: Uint8Array = new Uint8Array();

/** Makes copies that share blocks of 8 KiB. */
export class BytePool {
  #block: Uint8Array = NOTHING;
  #used = 0;

  /** A copy of `bytes`; what is longer than half a block gets a buffer of its own. */
  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > BLOCK / 2) return new Uint8Array(bytes);
    if (this.#block.length - this.#used < bytes.length) {
      this.#block = new Uint8Array(BLOCK);
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }

  /** Forgets the block under way; the copies in it live on. */
  letGo(): void {
    this.#block = NOTHING;
    this.#used = 0;
  }
}
