/**
 * Standard input of a command as signed blocks. The request names a key made for it alone, and the
 * holder of its secret half signs each block, so that nobody on the way can insert, drop or change
 * a byte.
 * @module
 */
import { hash } from "node:crypto";
import { encodeUtf8 } from "../../base/bytes.ts";
import { preAuthEncoding } from "../signing/dsse_envelope.ts";
import { type PublicKey, verifySignature } from "../keys/public_key.ts";
import { type SecretKey, sign } from "../keys/secret_key.ts";

/** A stretch of standard input. */
export interface InputSpan {
  /** Where it begins. */
  readonly offset: number;
  /** At most {@linkcode MAX_INPUT_BLOCK_BYTES}; none says that the input ends here. */
  readonly bytes: Uint8Array;
}

/** A stretch and the proof that an operator wants it read. */
export interface InputBlock extends InputSpan {
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** The most bytes in one block. */
export const MAX_INPUT_BLOCK_BYTES = 262_144;

const INPUT_BLOCK_TYPE = "application/vnd.nanoexec.input.v1";

/** Signs a stretch of the input of request `id`. */
export function signInputBlock(id: string, stretch: InputSpan, key: SecretKey): InputBlock {
  return { ...stretch, signature: sign(key, signedBytes(id, stretch)) };
}

/** Tells whether the holder of `key` has signed `block` as a part of the input of request `id`. */
export function isInputBlockSigned(id: string, block: InputBlock, key: PublicKey): boolean {
  return verifySignature(key, { message: signedBytes(id, block), signature: block.signature });
}

/** The digest instead of the bytes: Ed25519 would hash them by SHA-512, at a third of the speed. */
function signedBytes(id: string, { offset, bytes }: InputSpan): Uint8Array {
  return preAuthEncoding(
    INPUT_BLOCK_TYPE,
    encodeUtf8(`${id} ${offset} ${bytes.length} ${hash("sha256", bytes, "hex")}`),
  );
}
