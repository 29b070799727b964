/**
 * What a command reads on standard input while it runs, in signed blocks. The signed request names a
 * key that was made for it alone; whoever holds its other half says block by block what the command
 * reads, so that nobody on the way can put in, leave out or change a byte of it.
 * Imports its siblings, `base` and `node:crypto`.
 * @module
 */
import { hash } from "node:crypto";
import { utf8 } from "../base/bytes.ts";
import { pae } from "./pae.ts";
import { type PublicKey, verifySignature } from "./public_key.ts";
import { type SecretKey, sign } from "./secret_key.ts";

/** A stretch of standard input. */
export interface Stretch {
  /** Where it begins. */
  readonly offset: number;
  /** At most {@linkcode MAX_BLOCK}; none says that the input ends here. */
  readonly bytes: Uint8Array;
}

/** A stretch and the proof that an operator wants it read. */
export interface InputBlock extends Stretch {
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** The most bytes in one block. */
export const MAX_BLOCK = 262_144;

const TYPE = "application/vnd.nanoexec.input.v1";

/** Signs a stretch of the input of request `id`. */
export function signBlock(id: string, stretch: Stretch, key: SecretKey): InputBlock {
  return { ...stretch, signature: sign(key, signedBytes(id, stretch)) };
}

/** Tells whether the holder of `key` has signed `block` as a part of the input of request `id`. */
export function isSigned(id: string, block: InputBlock, key: PublicKey): boolean {
  return verifySignature(key, { message: signedBytes(id, block), signature: block.signature });
}

/** The digest instead of the bytes: Ed25519 would hash them by SHA-512, at a third of the speed. */
function signedBytes(id: string, { offset, bytes }: Stretch): Uint8Array {
  return pae(TYPE, utf8(`${id} ${offset} ${bytes.length} ${hash("sha256", bytes, "hex")}`));
}
