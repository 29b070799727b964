/**
 * Frames on a byte stream: `length (64 bits, big-endian, unsigned)`, then the payload
 * (sp-tcp-mapping, section 3). On ipc a type byte `01` precedes the length (sp-ipc-mapping).
 *
 * Small frames that are sent together are encoded into one buffer, and short payloads are copied
 * into shared blocks, because a buffer for each of them would take most of the time.
 * @module
 */
import { concat } from "../../base/bytes.ts";
import { FrameError } from "./errors.ts";

/** The prefix of each payload. Only ipc has the type byte. */
export type Framing = "tcp" | "ipc";

/** The largest payload in bytes that nanomsg and mangos accept. */
export const MAX_PAYLOAD = 1_048_576;

const IPC_MESSAGE = 0x01;
const TCP_PREFIX = 8;
const IPC_PREFIX = 9;

const NO_BYTES: Uint8Array = new Uint8Array();

/** A payload is a view of its chunk, unless the chunk is this many times as long. */
const MAX_RETAINED_RATIO = 16;

/** Returns the frame of a payload in `parts`, as a new array. */
export function encodeFrame(framing: Framing, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(frameLength(framing, parts));
  encodeFrameInto(frame, 0, framing, parts);
  return frame;
}

/** Returns the length of the frame of `parts`, in bytes. */
export function frameLength(framing: Framing, parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, prefixLength(framing));
}

/** Writes the frame of `parts` into `target` at `start`, and returns its end. */
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

/** Returns the prefix of a payload in `parts`, which are sent after it without a copy. */
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

/** Returns the length of the longest frame that every peer accepts, in bytes. */
export function maxFrameLength(framing: Framing): number {
  return prefixLength(framing) + MAX_PAYLOAD;
}

function prefixLength(framing: Framing): number {
  return framing === "ipc" ? IPC_PREFIX : TCP_PREFIX;
}

/**
 * Cuts a stream of bytes into payloads: {@linkcode FrameDecoder.push} takes chunks,
 * {@linkcode FrameDecoder.next} returns payloads. A length above the limit is refused before memory
 * is allocated. Memory grows only as bytes arrive.
 */
export class FrameDecoder {
  readonly #prefix: DataView;
  /** The largest payload that is accepted, in bytes. */
  limit: number;
  readonly #pool = new BytePool();
  #prefixFilled = 0;
  /** The current chunk; the bytes before `#offset` are used. */
  #chunk: Uint8Array = NO_BYTES;
  #offset = 0;
  /** The payload length of the current frame, once its prefix was read. */
  #length: number | undefined;
  /** The start of a payload that is spread over several chunks. */
  #gathered: Uint8Array = NO_BYTES;
  #filled = 0;

  /** Creates a decoder that refuses payloads of more than `limit` bytes. */
  constructor(framing: Framing, limit: number = MAX_PAYLOAD) {
    this.#prefix = new DataView(new ArrayBuffer(prefixLength(framing)));
    this.limit = limit;
  }

  /** Whether the stream may end here, because no frame has begun. */
  get isAtBoundary(): boolean {
    return this.#unread === 0 && this.#prefixFilled === 0 && this.#length === undefined;
  }

  /** How many bytes of incomplete or unread messages it holds. */
  get held(): number {
    return this.#unread + this.#prefixFilled + this.#gathered.length;
  }

  /** Takes the next bytes of the stream. The caller must not change them afterwards. */
  push(chunk: Uint8Array): void {
    const rest = this.#chunk.subarray(this.#offset);
    this.#chunk = rest.length === 0 ? chunk : concat([rest, chunk]);
    this.#offset = 0;
  }

  /**
   * Returns the next complete payload, or `undefined` if more bytes are needed. The payload belongs
   * to the caller. It may share memory with others, and keeps at most 8 KiB or 16 times its own
   * length alive.
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

  /** Releases the last chunk, so that an idle connection holds no memory. */
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
    // Above 2^53 the number is inexact, but still far above any limit.
    const length = this.#prefix.getUint32(at) * 2 ** 32 + this.#prefix.getUint32(at + 4);
    if (length > this.limit) {
      throw new FrameError(`a message of ${length} bytes is above the limit of ${this.limit}`);
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

  /** Adds to the gathered bytes. Their buffer doubles when it is full, up to `length`. */
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

/** How many times the needed room is allocated, so that little is copied again. */
const BATCH_GROWTH = 8;
const MAX_BATCH_ROOM = 65_536;
const NO_FRAMES: Uint8Array = new Uint8Array();

/** Frames that are sent together. */
export class FrameBatch {
  readonly #framing: Framing;
  #buffer: Uint8Array = NO_FRAMES;
  #used = 0;

  /** Creates an empty batch. */
  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** The length of all frames, in bytes. */
  get length(): number {
    return this.#used;
  }

  /** Adds the frame of a message in `parts`. */
  add(parts: readonly Uint8Array[]): void {
    this.#makeRoom(frameLength(this.#framing, parts));
    this.#used = encodeFrameInto(this.#buffer, this.#used, this.#framing, parts);
  }

  /** Adds an encoded frame. */
  addEncoded(frame: Uint8Array): void {
    this.#makeRoom(frame.length);
    this.#buffer.set(frame, this.#used);
    this.#used += frame.length;
  }

  /** Returns all frames and empties the batch. */
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

/** Copies short arrays into shared blocks of 8 KiB. */
export class BytePool {
  #block: Uint8Array = NO_BLOCK;
  #used = 0;

  /** Returns a copy of `bytes`, in a separate buffer if it is longer than half a block. */
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

  /** Releases the current block. The copies in it stay valid. */
  releaseBlock(): void {
    this.#block = NO_BLOCK;
    this.#used = 0;
  }
}
