/**
 * Ed25519 secret keys (RFC 8032), in memory and as the text of a key file. In memory the 32 secret
 * bytes stay inside the key object of `node:crypto`, so that no log shows them by accident.
 *
 * A key file has six lines: `nanoexec-ed25519-secret`, `comment: alice@master`, `public: <base64 of
 * 32 bytes>`, `cipher: none` or the parameters of a passphrase encryption, `secret: <base64 of 32
 * bytes>` or of the same encrypted, `check: <16 hex digits>`. `check` is the beginning of the
 * SHA-256 of all lines above it: it distinguishes a damaged file from a wrong passphrase. The lines
 * above `secret` are authenticated by the passphrase too.
 * @module
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign as signWith,
} from "node:crypto";
import { decodeBase64 } from "../../base/bytes.ts";
import { KeyError } from "../errors.ts";
import {
  decryptWithPassphrase,
  ENCRYPTION_OVERHEAD_BYTES,
  type EncryptionParameters,
  encryptWithPassphrase,
  newEncryptionParameters,
  parseEncryptionParameters,
  printEncryptionParameters,
} from "./passphrase_encryption.ts";
import {
  checkComment,
  PUBLIC_KEY_TAG,
  type PublicKey,
  publicKeyFromBase64,
  type PublicKeyLine,
} from "./public_key.ts";

const URL_SAFE = { alphabet: "base64url" } as const;

/** A secret key with its public key and comment. */
export interface SecretKey {
  /** The public half. */
  readonly publicKey: PublicKey;
  /** The owner's comment, copied into the public key line. May be empty. */
  readonly comment: string;
  /** The secret, for `node:crypto`. */
  readonly handle: KeyObject;
}

/**
 * Makes a new key.
 * @throws {KeyError} `key-format` if `comment` is not allowed in a key line
 */
export function generateSecretKey(comment: string): SecretKey {
  const problem = checkComment(comment);
  if (problem !== undefined) throw new KeyError("key-format", problem);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: publicHalf(publicKey), comment, handle: privateKey };
}

/**
 * Joins 32 secret bytes and their public key.
 * @throws {KeyError} `key-damaged` if they do not match
 */
export function secretKeyFromSeed(
  seed: Uint8Array,
  owner: { readonly publicKey: PublicKey; readonly comment: string },
): SecretKey {
  const handle = createPrivateKey({
    key: {
      kty: "OKP",
      crv: "Ed25519",
      d: toBase64Url(seed),
      x: toBase64Url(owner.publicKey.base64),
    },
    format: "jwk",
  });
  if (publicHalf(createPublicKey(handle)).keyid !== owner.publicKey.keyid) {
    throw new KeyError("key-damaged", "secret and public half of the key do not match");
  }
  return { ...owner, handle };
}

/** Returns the 32 secret bytes, for a key file. */
export function secretSeed(key: SecretKey): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(key.handle.export({ format: "jwk" }).d ?? "", URL_SAFE);
}

/** Signs `message` with `key`: pure Ed25519, 64 bytes. */
export function sign(key: SecretKey, message: Uint8Array): Uint8Array {
  return new Uint8Array(signWith(null, message, key.handle));
}

function publicHalf(handle: KeyObject): PublicKey {
  const { x = "" } = handle.export({ format: "jwk" });
  return publicKeyFromBase64(Uint8Array.fromBase64(x, URL_SAFE).toBase64());
}

function toBase64Url(value: Uint8Array | string): string {
  const bytes = typeof value === "string" ? Uint8Array.fromBase64(value) : value;
  return bytes.toBase64({ ...URL_SAFE, omitPadding: true });
}

/** The protection of a key file. */
export interface EncodeKeyOptions {
  /** The passphrase; without it the file holds the bare secret. */
  readonly passphrase?: string;
  /** The cost of scrypt, see {@linkcode newEncryptionParameters}. */
  readonly cost?: number;
}

/** The maximum length of a key file, in characters. */
export const MAX_SECRET_KEY_LENGTH = 1_024;

const SECRET_KEY_TAG = "nanoexec-ed25519-secret";
const SEED_BYTES = 32;

const KEY_FILE_FORM =
  /^((.+\ncomment: (.*)\npublic: (.+)\ncipher: (.+)\n)secret: (.+)\n)check: ([0-9a-f]{16})\n$/;

interface SecretKeyFile extends PublicKeyLine {
  readonly lock: EncryptionParameters | undefined;
  readonly secret: Uint8Array;
  /** The lines above the secret. */
  readonly context: string;
}

/**
 * Writes `key` as the text of a key file. With a passphrase it blocks for scrypt.
 */
export function encodeSecretKey(key: SecretKey, options: EncodeKeyOptions = {}): string {
  const { passphrase, cost } = options;
  const lock = passphrase === undefined ? undefined : newEncryptionParameters(cost);
  const context = `${SECRET_KEY_TAG}\ncomment: ${key.comment}\npublic: ${key.publicKey.base64}\n` +
    `cipher: ${lock ? printEncryptionParameters(lock) : "none"}\n`;
  const secret = lock && passphrase !== undefined
    ? encryptWithPassphrase(secretSeed(key), { lock, passphrase, context })
    : secretSeed(key);
  const body = `${context}secret: ${secret.toBase64()}\n`;
  return `${body}check: ${checksum(body)}\n`;
}

/**
 * Reads the text of a key file. With a passphrase it blocks for scrypt.
 * @throws {KeyError} `key-format` if it is not one secret key; `key-damaged` if its parts do not
 * fit together; `needs-passphrase` or `wrong-passphrase` if it is protected
 */
export function decodeSecretKey(text: string, passphrase?: string): SecretKey {
  const file = parseKeyFile(text);
  return secretKeyFromSeed(decryptSeed(file, passphrase), {
    publicKey: file.key,
    comment: file.comment,
  });
}

/**
 * Reads the public line of a secret key, which needs no passphrase.
 * @throws {KeyError} `key-format` or `key-damaged` as {@linkcode decodeSecretKey}
 */
export function readPublicHalf(text: string): PublicKeyLine {
  const { key, comment } = parseKeyFile(text);
  return { key, comment };
}

function decryptSeed({ lock, secret, context }: SecretKeyFile, passphrase?: string): Uint8Array {
  if (lock === undefined) return secret;
  if (passphrase === undefined) {
    throw new KeyError("needs-passphrase", "secret key is protected with a passphrase");
  }
  const seed = decryptWithPassphrase(secret, { lock, passphrase, context });
  if (seed === undefined) throw new KeyError("wrong-passphrase", "wrong passphrase");
  return seed;
}

function parseKeyFile(text: string): SecretKeyFile {
  const problem = checkForm(text);
  if (problem !== undefined) throw new KeyError("key-format", problem);
  const [, body, context = "", comment = "", base64 = "", cipher = "", secret = "", check] =
    KEY_FILE_FORM.exec(text) ?? [];
  if (body === undefined) throw new KeyError("key-format", "secret key is cut off or altered");
  if (checksum(body) !== check) throw new KeyError("key-damaged", "secret key file is damaged");
  const badComment = checkComment(comment);
  if (badComment !== undefined) throw new KeyError("key-format", badComment);
  const lock = readCipher(cipher);
  const key = publicKeyFromBase64(base64);
  return { key, comment, lock, secret: readSecret(secret, lock), context };
}

/** Returns a more precise problem than "cut off or altered", if there is one. */
function checkForm(text: string): string | undefined {
  if (text.length > MAX_SECRET_KEY_LENGTH) {
    return `secret key is longer than ${MAX_SECRET_KEY_LENGTH} characters`;
  }
  if (text.startsWith(`${PUBLIC_KEY_TAG} `)) return "this is a public key, not a secret key";
  if (text.includes("\r")) return "secret key has CR LF line ends";
  if (!text.startsWith(`${SECRET_KEY_TAG}\n`)) {
    return `not a secret key: first line is not "${SECRET_KEY_TAG}"`;
  }
  if (text.includes(`\n${SECRET_KEY_TAG}\n`)) return "file holds more than one secret key";
  return undefined;
}

function readCipher(cipher: string): EncryptionParameters | undefined {
  if (cipher === "none") return undefined;
  const lock = parseEncryptionParameters(cipher);
  if (lock === undefined) {
    throw new KeyError("key-format", "secret key has an unknown cipher or bad parameters");
  }
  return lock;
}

function readSecret(text: string, lock: EncryptionParameters | undefined): Uint8Array {
  const secret = decodeBase64(text);
  if (secret?.length !== SEED_BYTES + (lock ? ENCRYPTION_OVERHEAD_BYTES : 0)) {
    throw new KeyError("key-format", "secret key has the wrong length");
  }
  return secret;
}

function checksum(lines: string): string {
  return hash("sha256", lines, "hex").slice(0, 16);
}
