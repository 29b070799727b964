/**
 * Encrypts a secret key with a passphrase: scrypt (RFC 7914) derives the key, AES-256-GCM (NIST SP
 * 800-38D) encrypts.
 *
 * The parameters are one line of text: `scrypt-aes256gcm N 8 1 <base64 of 16 bytes of salt> <base64
 * of a 12-byte nonce>`.
 * @module
 */

import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { concat, decodeBase64, encodeUtf8 } from "../../base/bytes.ts";

/** The parameters of one encryption. */
export interface EncryptionParameters {
  /** scrypt's cost N: a power of two. */
  readonly cost: number;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  /** 12 random bytes; never used twice with a key, because every salt gives another key. */
  readonly nonce: Uint8Array;
}

/** The inputs of an encryption and its decryption. */
export interface PassphraseUse {
  /** The parameters. */
  readonly lock: EncryptionParameters;
  /** The passphrase; encoded as UTF-8 in Unicode form NFC, so that keyboards do not matter. */
  readonly passphrase: string;
  /** Public text that is authenticated with the secret. */
  readonly context: string;
}

/** The number of bytes that {@linkcode encryptWithPassphrase} adds. */
export const ENCRYPTION_OVERHEAD_BYTES = 16;

/** The default cost of scrypt: 128 MiB and some tenths of a second. */
export const DEFAULT_SCRYPT_COST: number = 2 ** 17;

const CIPHER_NAME = "scrypt-aes256gcm";
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
/** The costs that a text may name: at most 256 MiB and about a second. */
const ALLOWED_COSTS: readonly number[] = [2 ** 14, 2 ** 15, 2 ** 16, DEFAULT_SCRYPT_COST, 2 ** 18];

/**
 * Makes fresh parameters.
 * @throws {RangeError} if `cost` is not a power of two from 2^14 to 2^18
 */
export function newEncryptionParameters(cost: number = DEFAULT_SCRYPT_COST): EncryptionParameters {
  if (!ALLOWED_COSTS.includes(cost)) throw new RangeError(`bad scrypt cost ${cost}`);
  return { cost, salt: randomBytes(16), nonce: randomBytes(12) };
}

/** Writes the parameters as text. */
export function printEncryptionParameters({ cost, salt, nonce }: EncryptionParameters): string {
  const numbers = `${cost} ${BLOCK_SIZE} ${PARALLELISM}`;
  return `${CIPHER_NAME} ${numbers} ${salt.toBase64()} ${nonce.toBase64()}`;
}

/**
 * Reads what {@linkcode printEncryptionParameters} wrote; `undefined` for any other text, costs out
 * of bounds included.
 */
export function parseEncryptionParameters(text: string): EncryptionParameters | undefined {
  const words = text.split(" ");
  const [cost, salt, nonce] = [
    Number(words[1]),
    decodeBase64(words[4] ?? ""),
    decodeBase64(words[5] ?? ""),
  ];
  if (!ALLOWED_COSTS.includes(cost) || salt?.length !== 16 || nonce?.length !== 12) {
    return undefined;
  }
  const lock = { cost, salt, nonce };
  return printEncryptionParameters(lock) === text ? lock : undefined;
}

/**
 * Encrypts `secret`: the result is {@linkcode ENCRYPTION_OVERHEAD_BYTES} bytes longer. Blocks for
 * scrypt.
 */
export function encryptWithPassphrase(
  secret: Uint8Array,
  { lock, passphrase, context }: PassphraseUse,
): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", deriveKey(passphrase, lock), lock.nonce);
  cipher.setAAD(encodeUtf8(context));
  return concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts; returns `undefined` for another passphrase or altered bytes. Blocks for scrypt. */
export function decryptWithPassphrase(
  box: Uint8Array,
  { lock, passphrase, context }: PassphraseUse,
): Uint8Array | undefined {
  const cipher = createDecipheriv("aes-256-gcm", deriveKey(passphrase, lock), lock.nonce);
  cipher.setAAD(encodeUtf8(context));
  cipher.setAuthTag(box.subarray(-ENCRYPTION_OVERHEAD_BYTES));
  try {
    return concat([cipher.update(box.subarray(0, -ENCRYPTION_OVERHEAD_BYTES)), cipher.final()]);
  } catch {
    return undefined;
  }
}

function deriveKey(passphrase: string, { cost, salt }: EncryptionParameters): Uint8Array {
  return scryptSync(encodeUtf8(passphrase.normalize("NFC")), salt, 32, {
    N: cost,
    r: BLOCK_SIZE,
    p: PARALLELISM,
    maxmem: 2 * 128 * cost * BLOCK_SIZE,
  });
}
