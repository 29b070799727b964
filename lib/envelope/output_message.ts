/**
 * A chunk of a command's output as a message of the agent: a tag, the stream, the request's id, the
 * offset, then the bytes. Imports its siblings.
 * @module
 */
import { EnvelopeError } from "./errors.ts";

/** Part of a command's output. */
export interface Output {
  /** Tells it from the other messages. */
  readonly kind: "output";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Where the command wrote it. */
  readonly stream: "stdout" | "stderr";
  /** Where the chunk begins, counted over both streams together as they were sent. */
  readonly offset: number;
  /** At least one byte, at most {@linkcode MAX_CHUNK}. */
  readonly bytes: Uint8Array;
}

/** The longest chunk of output, in bytes, so that a whole message stays below SP's 1 MiB. */
export const MAX_CHUNK = 65_536;

const ID_BYTES = 16;
const TAG = 0x01;
/** Tag, stream, id and offset. */
const HEADER = 1 + 1 + ID_BYTES + 8;
const STREAMS = ["stdout", "stderr"] as const;

/** Tells whether `bytes` are to be read by {@linkcode decodeOutput}. */
export function isOutput(bytes: Uint8Array): boolean {
  return bytes[0] === TAG;
}

/** Writes what stands in front of the bytes of a chunk, which are many, and need not be copied. */
export function encodeOutputHeader(output: Output): Uint8Array {
  const header = new Uint8Array(HEADER);
  header[0] = TAG;
  header[1] = STREAMS.indexOf(output.stream);
  header.set(Uint8Array.fromHex(output.id), 2);
  new DataView(header.buffer).setBigUint64(2 + ID_BYTES, BigInt(output.offset));
  return header;
}

/**
 * Reads a chunk.
 * @throws {EnvelopeError} `body` if it is none
 */
export function decodeOutput(bytes: Uint8Array): Output {
  const stream = STREAMS[bytes[1] ?? -1];
  const size = bytes.length - HEADER;
  if (stream === undefined || size < 1 || size > MAX_CHUNK) {
    throw new EnvelopeError("body", "not a chunk of output");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2 + ID_BYTES, 8);
  return {
    kind: "output",
    id: bytes.subarray(2, 2 + ID_BYTES).toHex(),
    stream,
    offset: Number(view.getBigUint64(0)),
    bytes: bytes.subarray(HEADER),
  };
}
