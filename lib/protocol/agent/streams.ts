/**
 * Encodes standard input and output of a command between hub and agent, and sets the flow-control
 * windows. A block of input is a tag, the id of the request, the start of the input, the offset, the
 * signature and the bytes. A chunk of output is a tag, the stream, the id, the offset and the bytes.
 * @module
 */
import { ByteCollector, concat } from "../../base/bytes.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { type InputBlock, MAX_INPUT_BLOCK_BYTES } from "../../envelope/statements/input_block.ts";

/** How much standard input of one command may be without credit, in bytes. */
export const INPUT_WINDOW = 1_048_576;

/** How many blocks of standard input of one command may be without credit. */
export const INPUT_WINDOW_BLOCKS = 64;

/** How much output of one command may be without credit, in bytes of both streams together. */
export const OUTPUT_WINDOW = 2_097_152;

/**
 * How many runs of output may be without credit, and how many more after a cancel. A run is output
 * of one stream without any of the other in between.
 */
export const OUTPUT_WINDOW_RUNS = 1_024;

/**
 * How much more output may be without credit after a cancel, in bytes. The command cannot wait then,
 * and its last output is often the one that matters.
 */
export const OUTPUT_WINDOW_AFTER_CANCEL = 4_194_304;

/** A block of the standard input of request `id`. */
export interface InputMessage extends InputBlock {
  readonly kind: "input";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

const INPUT_TAG = 0x02;
const ID_BYTES = 16;
const SIGNATURE_BYTES = 64;
const START_AT = 1 + ID_BYTES;
const OFFSET_AT = START_AT + 8;
const SIGNATURE_AT = OFFSET_AT + 8;
const INPUT_HEADER = SIGNATURE_AT + SIGNATURE_BYTES;

/** Returns whether `bytes` start like a block of input. */
export function isInput(bytes: Uint8Array): boolean {
  return bytes[0] === INPUT_TAG;
}

/** Encodes a block. */
export function encodeInput(input: InputMessage): Uint8Array {
  return concat([encodeInputHeader(input), input.bytes]);
}

/** Encodes a block without its bytes, so that the caller need not copy them. */
export function encodeInputHeader({ id, start, offset, signature }: InputMessage): Uint8Array {
  const header = new Uint8Array(INPUT_HEADER);
  header[0] = INPUT_TAG;
  header.set(Uint8Array.fromHex(id), 1);
  const view = new DataView(header.buffer);
  view.setBigUint64(START_AT, BigInt(start));
  view.setBigUint64(OFFSET_AT, BigInt(offset));
  header.set(signature, SIGNATURE_AT);
  return header;
}

/**
 * Decodes a block, without verifying its signature.
 * @throws {EnvelopeError} `body` if it is malformed
 */
export function decodeInput(message: Uint8Array): InputMessage {
  const size = message.length - INPUT_HEADER;
  if (!isInput(message) || size < 0 || size > MAX_INPUT_BLOCK_BYTES) {
    throw new EnvelopeError("body", "not a block of input");
  }
  const view = new DataView(message.buffer, message.byteOffset);
  const start = Number(view.getBigUint64(START_AT));
  const offset = Number(view.getBigUint64(OFFSET_AT));
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(offset)) {
    throw new EnvelopeError("body", "not a block of input");
  }
  return {
    kind: "input",
    id: message.subarray(1, START_AT).toHex(),
    start,
    offset,
    signature: message.subarray(SIGNATURE_AT, INPUT_HEADER),
    bytes: message.subarray(INPUT_HEADER),
  };
}

/** A chunk of the output of request `id`. */
export interface OutputMessage {
  readonly kind: "output";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** The stream of the command. */
  readonly stream: "stdout" | "stderr";
  /** How many bytes of both streams together were sent before this chunk. */
  readonly offset: number;
  /** At least one byte, at most {@linkcode MAX_CHUNK}. */
  readonly bytes: Uint8Array;
}

/** A piece of one stream. */
export type StreamPiece = Pick<OutputMessage, "stream" | "bytes">;

/** A piece with its position in its stream. */
export interface PositionedPiece extends StreamPiece {
  /** How many bytes of its stream come before it. A gap means that output was dropped. */
  readonly offset: number;
}

/** The longest chunk of output, in bytes. A whole message stays below the 1 MiB of SP. */
export const MAX_CHUNK = 65_536;

/**
 * Keeps output in order of arrival, as runs. Joins pieces of one stream without any of the other in
 * between, because many small pieces cost more than their bytes. A run has at most
 * {@linkcode MAX_CHUNK} bytes, and the offset and other fields of its first piece.
 */
export class RunBuffer<Piece extends PositionedPiece = PositionedPiece> {
  readonly #runs: { readonly first: Piece; readonly collector: ByteCollector }[] = [];
  #isSealed = false;

  /** The number of runs. */
  get length(): number {
    return this.#runs.length;
  }

  /** The runs, oldest first. */
  get runs(): readonly Piece[] {
    return this.#runs.map(({ first, collector }) => ({ ...first, bytes: collector.bytes() }));
  }

  /** Returns whether {@linkcode RunBuffer.add} would join `piece` to the last run. */
  joins({ stream, bytes }: StreamPiece): boolean {
    const last = this.#runs.at(-1);
    return !this.#isSealed && last?.first.stream === stream && last.collector.fits(bytes);
  }

  /** Adds a piece, whose bytes the buffer owns from now on. */
  add(piece: Piece): void {
    if (this.joins(piece)) return this.#runs.at(-1)?.collector.add(piece.bytes);
    this.#runs.push({ first: piece, collector: new ByteCollector(MAX_CHUNK, piece.bytes) });
    this.#isSealed = false;
  }

  /** Closes the last run: the next piece begins a new one. */
  seal(): void {
    this.#isSealed = true;
  }

  /** Removes the oldest run and returns it. */
  shift(): Piece | undefined {
    const run = this.#runs.shift();
    return run && { ...run.first, bytes: run.collector.bytes() };
  }

  /** Removes the oldest `count` runs. */
  drop(count: number): void {
    this.#runs.splice(0, count);
  }
}

const OUTPUT_ID_BYTES = 16;
const OUTPUT_TAG = 0x01;
/** Tag, stream, id and offset. */
const OUTPUT_HEADER = 1 + 1 + OUTPUT_ID_BYTES + 8;
const STREAMS = ["stdout", "stderr"] as const;

/** Returns whether `bytes` start like a chunk of output. */
export function isOutput(bytes: Uint8Array): boolean {
  return bytes[0] === OUTPUT_TAG;
}

/** Encodes a chunk without its bytes, so that the caller need not copy them. */
export function encodeOutputHeader(output: OutputMessage): Uint8Array {
  const header = new Uint8Array(OUTPUT_HEADER);
  header[0] = OUTPUT_TAG;
  header[1] = STREAMS.indexOf(output.stream);
  header.set(Uint8Array.fromHex(output.id), 2);
  new DataView(header.buffer).setBigUint64(2 + OUTPUT_ID_BYTES, BigInt(output.offset));
  return header;
}

/**
 * Decodes a chunk.
 * @throws {EnvelopeError} `body` if it is malformed
 */
export function decodeOutput(bytes: Uint8Array): OutputMessage {
  const stream = STREAMS[bytes[1] ?? -1];
  const size = bytes.length - OUTPUT_HEADER;
  if (stream === undefined || size < 1 || size > MAX_CHUNK) {
    throw new EnvelopeError("body", "not a chunk of output");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2 + OUTPUT_ID_BYTES, 8);
  return {
    kind: "output",
    id: bytes.subarray(2, 2 + OUTPUT_ID_BYTES).toHex(),
    stream,
    offset: Number(view.getBigUint64(0)),
    bytes: bytes.subarray(OUTPUT_HEADER),
  };
}
