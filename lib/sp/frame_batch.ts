/**
 * Small frames that are to leave in one write, encoded one behind the other into one buffer: an
 * array of its own for each of them would take longer than all the rest.
 * @module
 */
import { encodeInto, frameLength, type Framing } from "./framing.ts";

/** How many times the room that is needed is made, so that little is copied again. */
const GROWTH = 8;
const MAX_ROOM = 65_536;
const NOTHING: Uint8Array = new Uint8Array();

/** A growing run of frames. */
export class FrameBatch {
  readonly #framing: Framing;
  #buffer: Uint8Array = NOTHING;
  #used = 0;

  /** Makes an empty batch of frames of one kind. */
  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** How many bytes wait in it. */
  get length(): number {
    return this.#used;
  }

  /** Adds a message made of `parts`. */
  add(parts: readonly Uint8Array[]): void {
    this.#makeRoom(frameLength(this.#framing, parts));
    this.#used = encodeInto(this.#buffer, this.#used, this.#framing, parts);
  }

  /** Adds a message framed already. */
  addEncoded(frame: Uint8Array): void {
    this.#makeRoom(frame.length);
    this.#buffer.set(frame, this.#used);
    this.#used += frame.length;
  }

  /** Hands over all of it and is empty again. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#buffer = NOTHING;
    this.#used = 0;
    return bytes;
  }

  #makeRoom(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#buffer.length) return;
    const room = Math.min(needed * GROWTH, MAX_ROOM);
    const larger = new Uint8Array(Math.max(needed, room));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}
