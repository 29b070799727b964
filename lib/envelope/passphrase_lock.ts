/**
 * Protects secret bytes with a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM
 * (NIST SP 800-38D) encrypts. The parameters are one line of text:
 *
 *     scrypt-aes256gcm N 8 1 <base64 of 16 bytes of salt> <base64 of a 12-byte nonce>
 *
 * Imports its siblings, `base` and `node:crypto`.
 * @module
 */

import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { concat, utf8 } from "../base/bytes.ts";
import { decodeBase64 } from "./base64.ts";

/** The parameters of one encryption. */
export interface PassphraseLock {
  /** scrypt's cost N: a power of two. */
  readonly cost: number;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  /** 12 random bytes; never used twice, as every lock has its own salt and so its own key. */
  readonly nonce: Uint8Array;
}

/** What both sides must have in common. */
export interface LockUse {
  /** The parameters. */
  readonly lock: PassphraseLock;
  /** The passphrase; used as UTF-8 in Unicode form NFC, so that keyboards do not matter. */
  readonly passphrase: string;
  /** Text that is not secret but must not be altered either. */
  readonly context: string;
}

/** How many bytes {@linkcode encrypt} adds. */
export const LOCK_OVERHEAD = 16;

/** scrypt's cost if nothing else is said: 128 MiB and some tenths of a second. */
export const DEFAULT_COST: number = 2 ** 17;

const NAME = "scrypt-aes256gcm";
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
/** What a text may ask for: at most 256 MiB and about a second. */
const COSTS: readonly number[] = [2 ** 14, 2 ** 15, 2 ** 16, DEFAULT_COST, 2 ** 18];

/**
 * Makes fresh parameters.
 * @throws {RangeError} if `cost` is not a power of two from 2^14 to 2^18
 */
export function newLock(cost: number = DEFAULT_COST): PassphraseLock {
  if (!COSTS.includes(cost)) throw new RangeError(`bad scrypt cost ${cost}`);
  return { cost, salt: randomBytes(16), nonce: randomBytes(12) };
}

/** Writes the parameters as text. */
export function printLock({ cost, salt, nonce }: PassphraseLock): string {
  const numbers = `${cost} ${BLOCK_SIZE} ${PARALLELISM}`;
  return `${NAME} ${numbers} ${salt.toBase64()} ${nonce.toBase64()}`;
}

/** Reads what {@linkcode printLock} wrote; `undefined` for all else, costs out of bounds included. */
export function parseLock(text: string): PassphraseLock | undefined {
  const words = text.split(" ");
  const [cost, salt, nonce] = [
    Number(words[1]),
    decodeBase64(words[4] ?? ""),
    decodeBase64(words[5] ?? ""),
  ];
  if (!COSTS.includes(cost) || salt?.length !== 16 || nonce?.length !== 12) return undefined;
  const lock = { cost, salt, nonce };
  return printLock(lock) === text ? lock : undefined;
}

/** Encrypts `secret`: the result is {@linkcode LOCK_OVERHEAD} bytes longer. Blocks for scrypt. */
export function encrypt(secret: Uint8Array, { lock, passphrase, context }: LockUse): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", deriveKey(passphrase, lock), lock.nonce);
  cipher.setAAD(utf8(context));
  return concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts; `undefined` for another passphrase or altered bytes. Blocks for scrypt. */
export function decrypt(
  box: Uint8Array,
  { lock, passphrase, context }: LockUse,
): Uint8Array | undefined {
  const cipher = createDecipheriv("aes-256-gcm", deriveKey(passphrase, lock), lock.nonce);
  cipher.setAAD(utf8(context));
  cipher.setAuthTag(box.subarray(-LOCK_OVERHEAD));
  try {
    return concat([cipher.update(box.subarray(0, -LOCK_OVERHEAD)), cipher.final()]);
  } catch {
    return undefined;
  }
}

function deriveKey(passphrase: string, { cost, salt }: PassphraseLock): Uint8Array {
  return scryptSync(utf8(passphrase.normalize("NFC")), salt, 32, {
    N: cost,
    r: BLOCK_SIZE,
    p: PARALLELISM,
    maxmem: 2 * 128 * cost * BLOCK_SIZE,
  });
}
