/**
 * Messages on a byte stream: `length (64 bits, big-endian, unsigned)` and the payload
 * (sp-tcp-mapping, section 3); on ipc a type byte `01` stands in front (sp-ipc-mapping).
 * @module
 */
import { concat } from "../base/bytes.ts";
import { FrameError } from "./errors.ts";

/** What stands in front of each payload: only ipc has the type byte. */
export type Framing = "tcp" | "ipc";

/** The largest payload, in bytes, that nanomsg and mangos take; the limit towards strangers. */
export const MAX_PAYLOAD = 1_048_576;

const IPC_MESSAGE = 0x01;

/** Chunks below this many bytes are joined before they are kept. */
const SMALL_CHUNK = 4096;

/**
 * Makes the bytes of one frame from the `parts` of its payload. The result is a new array and
 * may be written to many streams.
 */
export function encodeFrame(framing: Framing, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const prefix = prefixLength(framing);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(prefix + length);
  if (framing === "ipc") frame[0] = IPC_MESSAGE;
  new DataView(frame.buffer).setBigUint64(prefix - 8, BigInt(length));
  let offset = prefix;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

function prefixLength(framing: Framing): number {
  return framing === "ipc" ? 9 : 8;
}

/**
 * Cuts a stream of bytes into payloads. Chunks go in with {@linkcode FrameDecoder.push},
 * payloads come out of {@linkcode FrameDecoder.next}. A length above the limit is refused
 * before anything is allocated for it, and memory is taken only as bytes arrive.
 */
export class FrameDecoder {
  readonly #framing: Framing;
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that are used up. */
  #offset = 0;
  #available = 0;
  /** Payload length of the frame under way, once its prefix has been read. */
  #length: number | undefined;

  /** Makes a decoder that refuses payloads of more than `limit` bytes. */
  constructor(framing: Framing, limit: number = MAX_PAYLOAD) {
    this.#framing = framing;
    this.#limit = limit;
  }

  /** Tells whether the stream may end here: no frame has begun. */
  get atBoundary(): boolean {
    return this.#available === 0 && this.#length === undefined;
  }

  /** Takes over the next bytes of the stream. The caller must not change them afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#available += chunk.length;
    this.#chunks.push(chunk.length < SMALL_CHUNK ? this.#mergeSmall(chunk) : chunk);
  }

  /**
   * The next whole payload, or `undefined` until more bytes have come. The payload belongs to
   * the caller; it may share memory with the chunk it came in.
   *
   * @throws {FrameError} if the stream cannot be SP frames within the limit
   */
  next(): Uint8Array | undefined {
    this.#length ??= this.#readPrefix();
    if (this.#length === undefined || this.#available < this.#length) return undefined;
    const payload = this.#take(this.#length);
    this.#length = undefined;
    return payload;
  }

  #readPrefix(): number | undefined {
    if (this.#framing === "ipc") this.#checkType();
    if (this.#available < prefixLength(this.#framing)) return undefined;
    const prefix = this.#take(prefixLength(this.#framing)).subarray(-8);
    const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
    // Past 2^53 this number is inexact, but still far above any limit.
    const length = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
    if (length > this.#limit) {
      throw new FrameError(`a message of ${length} bytes is above the limit of ${this.#limit}`);
    }
    return length;
  }

  #checkType(): void {
    const type = this.#chunks[0]?.[this.#offset];
    if (type !== undefined && type !== IPC_MESSAGE) {
      throw new FrameError(`an ipc message has type ${type} instead of ${IPC_MESSAGE}`);
    }
  }

  #take(length: number): Uint8Array {
    const first = this.#chunks[0] ?? new Uint8Array();
    const end = this.#offset + length;
    this.#available -= length;
    if (end > first.length) return this.#gather(length);
    const taken = first.subarray(this.#offset, end);
    this.#offset = end;
    if (end === first.length) this.#dropFirst();
    // A short payload must not keep a large read buffer alive.
    return length * 2 < first.length ? taken.slice() : taken;
  }

  /** Joins bytes that lie in several chunks. */
  #gather(length: number): Uint8Array {
    const joined = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const first = this.#chunks[0] ?? new Uint8Array();
      const piece = first.subarray(this.#offset, this.#offset + length - filled);
      joined.set(piece, filled);
      filled += piece.length;
      this.#offset += piece.length;
      if (this.#offset === first.length) this.#dropFirst();
    }
    return joined;
  }

  /**
   * Joins a small chunk with the smaller ones before it, as a binary counter carries, so that a
   * peer that sends byte by byte fills neither the list nor the time.
   */
  #mergeSmall(chunk: Uint8Array): Uint8Array {
    const pieces = [chunk];
    let length = chunk.length;
    for (
      let last = this.#chunks.at(-1);
      this.#chunks.length > 1 && last;
      last = this.#chunks.at(-1)
    ) {
      if (last.length > length) break;
      pieces.unshift(last);
      length += last.length;
      this.#chunks.pop();
    }
    return concat(pieces);
  }

  #dropFirst(): void {
    this.#chunks.shift();
    this.#offset = 0;
  }
}
