/**
 * Signs the standard input of one request: each offset once, in order, and chained to all input before
 * it. A hub may ask for a block repeatedly, at the same time or after a restart, and always gets the
 * same block. Input that cannot continue so fails as a whole.
 * @module
 */
import { crc32 } from "node:zlib";
import { raceAbort } from "../../base/async.ts";
import { ByteCollector } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import {
  type InputBlock,
  InputChain,
  type InputPosition,
  type InputPrefix,
  MAX_INPUT_BLOCK_BYTES,
  signInputPrefix,
} from "../../envelope/statements/input_block.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";

/** A source of bytes, read on demand. */
export interface ByteSource {
  /** Whether any offset can be read at any time; otherwise it is read once, from the start. */
  readonly seekable: boolean;
  /** Returns 1 to `maxBytes` bytes from `offset` on, or none at the end. */
  read(offset: number, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** The standard input of the commands. */
export interface StreamedSource {
  /** The source of the bytes. */
  readonly source: ByteSource;
  /**
   * Returns the offset at which a host starts, once its command has reported it. Such a command
   * verifies the whole input itself. Without it, every host starts at 0.
   */
  readonly startOf?: (node: string) => Promise<number>;
  /** The rate limit for all hosts together, in bytes per second. */
  readonly bytesPerSecond?: number | undefined;
}

/**
 * How many of the last bytes and blocks of a pipe are kept, in case the hub asks again: twice as many
 * as a hub keeps for slow hosts.
 */
const MAX_KEPT_BYTES = 16_777_216;
const MAX_KEPT_BLOCKS = 2_048;

/** A block that was signed. The input before it is not kept, so it cannot be signed otherwise. */
interface SignedBlock {
  /** The input up to its end. */
  readonly prefix: InputPrefix;
  readonly length: number;
  /** Finds out whether a file has changed since. */
  readonly checksum: number;
  /** The bytes, if they cannot be read again. */
  readonly bytes?: Uint8Array;
}

/** The signed input from one start. */
interface SignedInput {
  chain: InputChain;
  /** The blocks by offset, oldest first: about 200 bytes of memory for 256 KiB of a file. */
  readonly blocks: Map<number, SignedBlock>;
  keptBytes: number;
}

/** The standard input of one request, which its hub asks for. */
export class InputSigner implements InputSource {
  /** Whether any part can be read at any time. */
  readonly seekable: boolean;
  /** The rate limit for all hosts together, in bytes per second. */
  readonly bytesPerSecond: number | undefined;
  /** Resolves to the offset at which a host starts: always the same one. */
  readonly startOf?: (node: string) => Promise<number>;
  readonly #id: string;
  readonly #key: SecretKey;
  readonly #source: ByteSource;
  readonly #starts = new Map<string, Promise<number>>();
  /** The signed input by its start. */
  readonly #inputs = new Map<number, SignedInput>();
  readonly #failing = new AbortController();
  #reading: Promise<unknown> = Promise.resolve();

  /** Creates the signer of the input of request `id`, which names the public half of `key`. */
  constructor(id: string, key: SecretKey, { source, startOf, bytesPerSecond }: StreamedSource) {
    this.#id = id;
    this.#key = key;
    this.#source = source;
    this.seekable = source.seekable;
    this.bytesPerSecond = bytesPerSecond;
    if (startOf) this.startOf = (node) => this.#startOnce(node, startOf);
    else this.#open(0);
  }

  /** Aborted with a {@linkcode UserError} when the input cannot continue. */
  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  /**
   * Returns the signed block at `position`.
   * @throws {UserError} if there is none, because the input cannot continue
   * @throws the error of the source, or the signal's reason when it is aborted
   */
  async read(position: InputPosition, signal: AbortSignal): Promise<InputBlock> {
    const kept = this.#kept(position);
    if (kept) return kept;
    // One read at a time: two at once would take each other's bytes from a pipe.
    const reading = this.#reading.then(() => this.#produce(position, signal));
    this.#reading = reading.catch(() => {});
    return await raceAbort(reading, signal);
  }

  /** Returns a block of a pipe that was signed before. It must not wait for the next one. */
  #kept(position: InputPosition): InputBlock | undefined {
    const signed = this.#inputs.get(position.start)?.blocks.get(position.offset);
    return signed?.bytes && this.#block(position, signed, signed.bytes);
  }

  async #produce(position: InputPosition, signal: AbortSignal): Promise<InputBlock> {
    const kept = this.#kept(position);
    if (kept) return kept;
    const { start, offset } = position;
    const input = this.#inputs.get(start);
    const signed = input?.blocks.get(offset);
    if (signed) return await this.#readAgain(position, signed, signal);
    signal.throwIfAborted();
    this.#failing.signal.throwIfAborted();
    // check: input-signed-once
    if (!input || offset !== input.chain.end) throw this.#fail(offset);
    const bytes = await this.#source.read(offset, MAX_INPUT_BLOCK_BYTES, signal);
    return this.#block(position, this.#add(input, bytes), bytes);
  }

  /** Adds the next block of `input`. */
  #add(input: SignedInput, bytes: Uint8Array): SignedBlock {
    const { end } = input.chain;
    input.chain = input.chain.plus(bytes);
    const { length } = bytes;
    const block = { prefix: input.chain.prefix, length, checksum: crc32(bytes) };
    const signed = this.seekable ? block : { ...block, bytes };
    input.blocks.set(end, signed);
    if (!this.seekable) dropOldest(input, length);
    return signed;
  }

  async #readAgain(
    position: InputPosition,
    signed: SignedBlock,
    signal: AbortSignal,
  ): Promise<InputBlock> {
    const { offset } = position;
    const collector = new ByteCollector(signed.length);
    while (collector.length < signed.length) {
      const [at, left] = [offset + collector.length, signed.length - collector.length];
      const bytes = await this.#source.read(at, left, signal);
      if (bytes.length === 0) break;
      collector.add(bytes);
    }
    const bytes = collector.bytes();
    // check: input-unchanged
    if (bytes.length !== signed.length || crc32(bytes) !== signed.checksum) {
      throw this.#fail(
        offset,
        new UserError(`standard input changed while it was read: at byte ${offset}`, {
          hint: "copy the file first, and send the copy",
        }),
      );
    }
    return this.#block(position, signed, bytes);
  }

  /** Signs a block. Signing the same prefix again gives the same signature. */
  #block(position: InputPosition, { prefix }: SignedBlock, bytes: Uint8Array): InputBlock {
    return { ...position, bytes, signature: signInputPrefix(this.#id, prefix, this.#key) };
  }

  #fail(offset: number, error = notKept(offset, this.seekable)): UserError {
    this.#failing.abort(error);
    return error;
  }

  #open(start: number): void {
    if (this.#inputs.has(start)) return;
    this.#inputs.set(start, { chain: new InputChain(start), blocks: new Map(), keptBytes: 0 });
  }

  #startOnce(node: string, startOf: (node: string) => Promise<number>): Promise<number> {
    const known = this.#starts.get(node);
    if (known) return known;
    const start = startOf(node).then((offset) => {
      this.#open(offset);
      return offset;
    });
    this.#starts.set(node, start);
    return start;
  }
}

/** Drops the oldest blocks of a pipe beyond the limits, after one of `added` bytes. */
function dropOldest(input: SignedInput, added: number): void {
  input.keptBytes += added;
  for (const [offset, { length }] of input.blocks) {
    const fits = input.keptBytes <= MAX_KEPT_BYTES && input.blocks.size <= MAX_KEPT_BLOCKS;
    if (fits) return;
    input.blocks.delete(offset);
    input.keptBytes -= length;
  }
}

function notKept(offset: number, isSeekable: boolean): UserError {
  const message = `standard input cannot continue: the hub asked for byte ${offset} out of order`;
  return new UserError(message, isSeekable ? {} : { hint: "send a file: --stdin FILE" });
}
