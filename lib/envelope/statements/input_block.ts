/**
 * Standard input of a command as signed blocks. The request names a key made for it alone. The holder
 * of its secret half signs with each block the digest of all input up to the end of the block. So
 * nobody on the way can insert, drop, repeat, reorder or change a byte, or invent an end of file.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { encodeUtf8 } from "../../base/bytes.ts";
import { preAuthEncoding } from "../signing/dsse_envelope.ts";
import { type PublicKey, verifySignature } from "../keys/public_key.ts";
import { type SecretKey, sign } from "../keys/secret_key.ts";

/** The position of a block. */
export interface InputPosition {
  /** The offset at which the input of this host starts. */
  readonly start: number;
  /** The offset of the first byte of the block. */
  readonly offset: number;
}

/** A block of standard input. */
export interface InputBlock extends InputPosition {
  /** At most {@linkcode MAX_INPUT_BLOCK_BYTES}; none at the end of the input. */
  readonly bytes: Uint8Array;
  /** The signature of the input up to the end of this block, 64 bytes. */
  readonly signature: Uint8Array;
}

/** All input from the start up to the end of a block. A signature covers exactly this. */
export interface InputPrefix {
  /** The offset at which the input starts. */
  readonly start: number;
  /** How many bytes it has. */
  readonly bytes: number;
  /** Hex SHA-256 of these bytes. */
  readonly sha256: string;
  /** Whether the input ends behind them. */
  readonly ended: boolean;
}

/** The most bytes in one block. */
export const MAX_INPUT_BLOCK_BYTES = 262_144;

const INPUT_PREFIX_TYPE = "application/vnd.nanoexec.input.v2";

/** The state of an input behind its start. */
interface ContinuedInput {
  readonly hash: Hash;
  readonly end: number;
  readonly ended: boolean;
}

/** The input so far: where it starts, its length and its running digest. Immutable. */
export class InputChain {
  readonly #hash: Hash;
  /** The offset at which the input starts. */
  readonly start: number;
  /** The offset behind the last byte. */
  readonly end: number;
  readonly #ended: boolean;

  /** Begins an input at offset `start`; {@linkcode InputChain.plus} continues one. */
  constructor(start: number, continued?: ContinuedInput) {
    this.start = start;
    this.#hash = continued?.hash ?? createHash("sha256");
    this.end = continued?.end ?? start;
    this.#ended = continued?.ended ?? false;
  }

  /** Returns the input with `bytes` added; no bytes end it. */
  plus(bytes: Uint8Array): InputChain {
    const hash = this.#hash.copy().update(bytes);
    const end = this.end + bytes.length;
    return new InputChain(this.start, { hash, end, ended: bytes.length === 0 });
  }

  /** What a signature of this input covers. */
  get prefix(): InputPrefix {
    const { start, end } = this;
    const sha256 = this.#hash.copy().digest("hex");
    return { start, bytes: end - start, sha256, ended: this.#ended };
  }
}

/** Signs a prefix of the input of request `id`. */
export function signInputPrefix(id: string, prefix: InputPrefix, key: SecretKey): Uint8Array {
  return sign(key, signedBytes(id, prefix));
}

/** Returns whether the holder of `key` has signed `prefix` as input of request `id`. */
export function isInputPrefixSigned(
  id: string,
  { signature, ...prefix }: InputPrefix & Pick<InputBlock, "signature">,
  key: PublicKey,
): boolean {
  return verifySignature(key, { message: signedBytes(id, prefix), signature });
}

function signedBytes(id: string, { start, bytes, sha256, ended }: InputPrefix): Uint8Array {
  const state = ended ? "ended" : "open";
  return preAuthEncoding(
    INPUT_PREFIX_TYPE,
    encodeUtf8(`${id} ${start} ${bytes} ${state} ${sha256}`),
  );
}
