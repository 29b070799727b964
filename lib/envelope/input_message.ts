/**
 * A block of standard input as a message of the hub: a tag, the request's id, the offset, the
 * signature, then the bytes. Imports its siblings and `base`.
 * @module
 */
import { concat } from "../base/bytes.ts";
import { EnvelopeError } from "./errors.ts";
import { type InputBlock, MAX_INPUT_BLOCK_BYTES } from "./statements/input_block.ts";

/** A part of what the command of request `id` reads. */
export interface Input extends InputBlock {
  /** Tells it from the other messages. */
  readonly kind: "input";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

const TAG = 0x02;
const ID_BYTES = 16;
const SIGNATURE_BYTES = 64;
const OFFSET_AT = 1 + ID_BYTES;
const SIGNATURE_AT = OFFSET_AT + 8;
const HEADER = SIGNATURE_AT + SIGNATURE_BYTES;

/** Tells whether `bytes` are to be read by {@linkcode decodeInput}. */
export function isInput(bytes: Uint8Array): boolean {
  return bytes[0] === TAG;
}

/** Writes a block. */
export function encodeInput(input: Input): Uint8Array {
  return concat([encodeInputHeader(input), input.bytes]);
}

/** Writes what stands in front of the bytes of a block, which are many, and need not be copied. */
export function encodeInputHeader({ id, offset, signature }: Input): Uint8Array {
  const header = new Uint8Array(HEADER);
  header[0] = TAG;
  header.set(Uint8Array.fromHex(id), 1);
  new DataView(header.buffer).setBigUint64(OFFSET_AT, BigInt(offset));
  header.set(signature, SIGNATURE_AT);
  return header;
}

/**
 * Reads a block, without looking at its signature.
 * @throws {EnvelopeError} `body` if it is none
 */
export function decodeInput(message: Uint8Array): Input {
  const size = message.length - HEADER;
  if (!isInput(message) || size < 0 || size > MAX_INPUT_BLOCK_BYTES) {
    throw new EnvelopeError("body", "not a block of input");
  }
  const offset = new DataView(message.buffer, message.byteOffset).getBigUint64(OFFSET_AT);
  if (offset > Number.MAX_SAFE_INTEGER) throw new EnvelopeError("body", "not a block of input");
  return {
    kind: "input",
    id: message.subarray(1, OFFSET_AT).toHex(),
    offset: Number(offset),
    signature: message.subarray(SIGNATURE_AT, HEADER),
    bytes: message.subarray(HEADER),
  };
}
