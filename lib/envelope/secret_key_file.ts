/**
 * A secret key as text, to be kept in a file of its own:
 *
 *     nanoexec-ed25519-secret
 *     comment: alice@master
 *     public: <base64 of 32 bytes>
 *     cipher: none                        or the parameters of a passphrase lock
 *     secret: <base64 of 32 bytes>        or of the same encrypted
 *     check: <16 hex digits>
 *
 * `check` begins the SHA-256 of all lines above it: it tells a damaged file from a wrong
 * passphrase. The lines above `secret` are authenticated by the passphrase too.
 * Imports its siblings and `node:crypto`; reads and writes no file.
 * @module
 */

import { hash } from "node:crypto";
import { decodeBase64 } from "./base64.ts";
import { KeyError } from "./errors.ts";
import {
  decrypt,
  encrypt,
  LOCK_OVERHEAD,
  newLock,
  parseLock,
  type PassphraseLock,
  printLock,
} from "./passphrase_lock.ts";
import {
  commentProblem,
  PUBLIC_KEY_TAG,
  publicKeyFromBase64,
  type PublicKeyLine,
} from "./public_key.ts";
import { type SecretKey, secretKeyFromSeed, seedOf } from "./secret_key.ts";

/** How a secret key is written. */
export interface SecretKeyOptions {
  /** Protects the key; without it the file holds the bare secret. */
  readonly passphrase?: string;
  /** scrypt's cost, see {@linkcode newLock}. */
  readonly cost?: number;
}

/** The longest text that is read, in characters. */
export const MAX_SECRET_KEY_LENGTH = 1_024;

const TAG = "nanoexec-ed25519-secret";
const SEED_BYTES = 32;

const FORM =
  /^((.+\ncomment: (.*)\npublic: (.+)\ncipher: (.+)\n)secret: (.+)\n)check: ([0-9a-f]{16})\n$/;

interface SecretKeyFile extends PublicKeyLine {
  readonly lock: PassphraseLock | undefined;
  readonly secret: Uint8Array;
  /** The lines above the secret. */
  readonly context: string;
}

/** Writes `key` as the text of a key file. With a passphrase it blocks for as long as scrypt takes. */
export function encodeSecretKey(key: SecretKey, options: SecretKeyOptions = {}): string {
  const { passphrase, cost } = options;
  const lock = passphrase === undefined ? undefined : newLock(cost);
  const context = `${TAG}\ncomment: ${key.comment}\npublic: ${key.publicKey.base64}\n` +
    `cipher: ${lock ? printLock(lock) : "none"}\n`;
  const secret = lock && passphrase !== undefined
    ? encrypt(seedOf(key), { lock, passphrase, context })
    : seedOf(key);
  const body = `${context}secret: ${secret.toBase64()}\n`;
  return `${body}check: ${checksum(body)}\n`;
}

/**
 * Reads the text of a key file. With a passphrase it blocks for as long as scrypt takes.
 * @throws {KeyError} `key-format` if it is not one secret key; `key-damaged` if its parts do not fit
 * together; `needs-passphrase` or `wrong-passphrase` if it is protected
 */
export function decodeSecretKey(text: string, passphrase?: string): SecretKey {
  const file = parse(text);
  return secretKeyFromSeed(unlock(file, passphrase), {
    publicKey: file.key,
    comment: file.comment,
  });
}

/**
 * The public line of a secret key, for which no passphrase is needed.
 * @throws {KeyError} `key-format` or `key-damaged` as {@linkcode decodeSecretKey}
 */
export function readPublicHalf(text: string): PublicKeyLine {
  const { key, comment } = parse(text);
  return { key, comment };
}

function unlock({ lock, secret, context }: SecretKeyFile, passphrase?: string): Uint8Array {
  if (lock === undefined) return secret;
  if (passphrase === undefined) {
    throw new KeyError("needs-passphrase", "secret key is protected with a passphrase");
  }
  const seed = decrypt(secret, { lock, passphrase, context });
  if (seed === undefined) throw new KeyError("wrong-passphrase", "wrong passphrase");
  return seed;
}

function parse(text: string): SecretKeyFile {
  const problem = formProblem(text);
  if (problem !== undefined) throw new KeyError("key-format", problem);
  const [, body, context = "", comment = "", base64 = "", cipher = "", secret = "", check] =
    FORM.exec(text) ?? [];
  if (body === undefined) throw new KeyError("key-format", "secret key is cut off or altered");
  if (checksum(body) !== check) throw new KeyError("key-damaged", "secret key file is damaged");
  const badComment = commentProblem(comment);
  if (badComment !== undefined) throw new KeyError("key-format", badComment);
  const lock = readCipher(cipher);
  const key = publicKeyFromBase64(base64);
  return { key, comment, lock, secret: readSecret(secret, lock), context };
}

/** The mistakes that have a better name than "cut off or altered". */
function formProblem(text: string): string | undefined {
  if (text.length > MAX_SECRET_KEY_LENGTH) {
    return `secret key is longer than ${MAX_SECRET_KEY_LENGTH} characters`;
  }
  if (text.startsWith(`${PUBLIC_KEY_TAG} `)) return "this is a public key, not a secret one";
  if (text.includes("\r")) return "secret key has CR LF line ends";
  if (!text.startsWith(`${TAG}\n`)) return `a secret key begins with the line "${TAG}"`;
  if (text.includes(`\n${TAG}\n`)) return "file holds more than one secret key";
  return undefined;
}

function readCipher(cipher: string): PassphraseLock | undefined {
  if (cipher === "none") return undefined;
  const lock = parseLock(cipher);
  if (lock === undefined) {
    throw new KeyError("key-format", "secret key has an unknown cipher or bad parameters");
  }
  return lock;
}

function readSecret(text: string, lock: PassphraseLock | undefined): Uint8Array {
  const secret = decodeBase64(text);
  if (secret?.length !== SEED_BYTES + (lock ? LOCK_OVERHEAD : 0)) {
    throw new KeyError("key-format", "secret key has the wrong length");
  }
  return secret;
}

function checksum(lines: string): string {
  return hash("sha256", lines, "hex").slice(0, 16);
}
