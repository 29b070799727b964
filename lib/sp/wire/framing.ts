/**
 * Frames on a byte stream: `length (64 bits, big-endian, unsigned)`, then the payload
 * (sp-tcp-mapping, section 3). On ipc a type byte `01` precedes the length (sp-ipc-mapping).
 *
 * Small frames that leave together are encoded into one buffer, and short payloads are copied into
 * shared blocks, because one buffer for each of them costs more than all the rest.
 * @module
 */
import { concat } from "../../base/bytes.ts";
import { FrameError } from "./errors.ts";

/** What stands in front of each payload: only ipc has the type byte. */
export type Framing = "tcp" | "ipc";

/** The largest payload, in bytes, that nanomsg and mangos take; the limit towards strangers. */
export const MAX_PAYLOAD = 1_048_576;

const IPC_MESSAGE = 0x01;
const TCP_PREFIX = 8;
const IPC_PREFIX = 9;

const NO_BYTES: Uint8Array = new Uint8Array();

/** A payload is a view of the chunk that it came in, unless the chunk is this many times as long. */
const MAX_RETAINED_RATIO = 16;

/**
 * Makes the bytes of one frame from the `parts` of its payload. The result is a new array and
 * may be written to many streams.
 */
export function encodeFrame(framing: Framing, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(frameLength(framing, parts));
  encodeFrameInto(frame, 0, framing, parts);
  return frame;
}

/** The length of the frame whose payload is made of `parts`. */
export function frameLength(framing: Framing, parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, prefixLength(framing));
}

/** Writes the frame of `parts` into `target` from `start` on, and returns where it ends. */
export function encodeFrameInto(
  target: Uint8Array,
  start: number,
  framing: Framing,
  parts: readonly Uint8Array[],
): number {
  let end = start + prefixLength(framing);
  for (const part of parts) {
    target.set(part, end);
    end += part.length;
  }
  writePrefix(target, start, framing, end - start);
  return end;
}

/** What stands in front of the `parts` of a payload, which are written behind it as they are. */
export function framePrefix(
  framing: Framing,
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const prefix = new Uint8Array(prefixLength(framing));
  writePrefix(prefix, 0, framing, frameLength(framing, parts));
  return prefix;
}

function writePrefix(target: Uint8Array, start: number, framing: Framing, length: number): void {
  const body = start + prefixLength(framing);
  target.fill(0, start, body);
  if (framing === "ipc") target[start] = IPC_MESSAGE;
  for (let at = body - 1, left = start + length - body; left > 0; at--) {
    target[at] = left % 256;
    left = Math.floor(left / 256);
  }
}

/** The length of the longest frame that every peer takes. */
export function maxFrameLength(framing: Framing): number {
  return prefixLength(framing) + MAX_PAYLOAD;
}

function prefixLength(framing: Framing): number {
  return framing === "ipc" ? IPC_PREFIX : TCP_PREFIX;
}

/**
 * Cuts a stream of bytes into payloads. Chunks go in with {@linkcode FrameDecoder.push},
 * payloads come out of {@linkcode FrameDecoder.next}. A length above the limit is refused
 * before anything is allocated for it, and memory is taken only as bytes arrive.
 */
export class FrameDecoder {
  readonly #prefix: DataView;
  readonly #limit: number;
  readonly #pool = new BytePool();
  #prefixFilled = 0;
  /** The chunk that is being cut; what is before `#offset` is used up. */
  #chunk: Uint8Array = NO_BYTES;
  #offset = 0;
  /** Payload length of the frame under way, once its prefix has been read. */
  #length: number | undefined;
  /** The beginning of a payload that lies in several chunks. */
  #gathered: Uint8Array = NO_BYTES;
  #filled = 0;

  /** Makes a decoder that refuses payloads of more than `limit` bytes. */
  constructor(framing: Framing, limit: number = MAX_PAYLOAD) {
    this.#prefix = new DataView(new ArrayBuffer(prefixLength(framing)));
    this.#limit = limit;
  }

  /** Tells whether the stream may end here: no frame has begun. */
  get isAtBoundary(): boolean {
    return this.#unread === 0 && this.#prefixFilled === 0 && this.#length === undefined;
  }

  /** Takes over the next bytes of the stream. The caller must not change them afterwards. */
  push(chunk: Uint8Array): void {
    const rest = this.#chunk.subarray(this.#offset);
    this.#chunk = rest.length === 0 ? chunk : concat([rest, chunk]);
    this.#offset = 0;
  }

  /**
   * The next whole payload, or `undefined` until more bytes have come. The payload belongs to
   * the caller; it may share memory with others, and keeps no more of it alive than 8 KiB or
   * 16 times its own length.
   *
   * @throws {FrameError} if the stream cannot be SP frames within the limit
   */
  next(): Uint8Array | undefined {
    this.#length ??= this.#readPrefix();
    const payload = this.#length === undefined ? undefined : this.#readPayload(this.#length);
    if (payload) this.#length = undefined;
    else this.#letGo();
    return payload;
  }

  get #unread(): number {
    return this.#chunk.length - this.#offset;
  }

  /** All is read: an idle connection is not to hold on to its last chunk. */
  #letGo(): void {
    this.#chunk = NO_BYTES;
    this.#offset = 0;
    this.#pool.releaseBlock();
  }

  #readPrefix(): number | undefined {
    const prefix = this.#prefix;
    while (this.#prefixFilled < prefix.byteLength) {
      const byte = this.#chunk[this.#offset];
      if (byte === undefined) return undefined;
      const isType = this.#prefixFilled === 0 && prefix.byteLength === IPC_PREFIX;
      if (isType && byte !== IPC_MESSAGE) {
        throw new FrameError(`an ipc message has type ${byte} instead of ${IPC_MESSAGE}`);
      }
      prefix.setUint8(this.#prefixFilled++, byte);
      this.#offset++;
    }
    this.#prefixFilled = 0;
    return this.#checkedLength();
  }

  #checkedLength(): number {
    const at = this.#prefix.byteLength - 8;
    // Past 2^53 this number is inexact, but still far above any limit.
    const length = this.#prefix.getUint32(at) * 2 ** 32 + this.#prefix.getUint32(at + 4);
    if (length > this.#limit) {
      throw new FrameError(`a message of ${length} bytes is above the limit of ${this.#limit}`);
    }
    return length;
  }

  #readPayload(length: number): Uint8Array | undefined {
    if (this.#filled === 0 && this.#unread >= length) return this.#cut(length);
    const piece = this.#chunk.subarray(this.#offset, this.#offset + length - this.#filled);
    this.#offset += piece.length;
    this.#gather(piece, length);
    if (this.#filled < length) return undefined;
    const payload = this.#gathered;
    this.#gathered = NO_BYTES;
    this.#filled = 0;
    return payload;
  }

  #cut(length: number): Uint8Array {
    const payload = this.#chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return length * MAX_RETAINED_RATIO < this.#chunk.length ? this.#pool.copy(payload) : payload;
  }

  /** Adds to the gathered bytes; their room doubles, up to `length`, as it is needed. */
  #gather(piece: Uint8Array, length: number): void {
    const filled = this.#filled + piece.length;
    if (filled > this.#gathered.length) {
      const larger = new Uint8Array(Math.min(length, filled * 2));
      larger.set(this.#gathered.subarray(0, this.#filled));
      this.#gathered = larger;
    }
    this.#gathered.set(piece, this.#filled);
    this.#filled = filled;
  }
}

/** How many times the room that is needed is made, so that little is copied again. */
const BATCH_GROWTH = 8;
const MAX_BATCH_ROOM = 65_536;
const NO_FRAMES: Uint8Array = new Uint8Array();

/** A growing run of frames. */
export class FrameBatch {
  readonly #framing: Framing;
  #buffer: Uint8Array = NO_FRAMES;
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
    this.#used = encodeFrameInto(this.#buffer, this.#used, this.#framing, parts);
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
    this.#buffer = NO_FRAMES;
    this.#used = 0;
    return bytes;
  }

  #makeRoom(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#buffer.length) return;
    const room = Math.min(needed * BATCH_GROWTH, MAX_BATCH_ROOM);
    const larger = new Uint8Array(Math.max(needed, room));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}

const BLOCK_BYTES = 8_192;
const NO_BLOCK: Uint8Array = new Uint8Array();

/** Makes copies that share blocks of 8 KiB. */
export class BytePool {
  #block: Uint8Array = NO_BLOCK;
  #used = 0;

  /** A copy of `bytes`; what is longer than half a block gets a buffer of its own. */
  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > BLOCK_BYTES / 2) return new Uint8Array(bytes);
    if (this.#block.length - this.#used < bytes.length) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }

  /** Forgets the block under way; the copies in it live on. */
  releaseBlock(): void {
    this.#block = NO_BLOCK;
    this.#used = 0;
  }
}
