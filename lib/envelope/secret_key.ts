/**
 * Ed25519 secret keys in memory (RFC 8032). The 32 secret bytes stay inside `node:crypto`'s own
 * object, so that they do not end up in a log by accident.
 * Imports its siblings and `node:crypto`.
 * @module
 */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
} from "node:crypto";
import { KeyError } from "./errors.ts";
import { commentProblem, type PublicKey, publicKeyFromBase64 } from "./public_key.ts";

const URL_SAFE = { alphabet: "base64url" } as const;

/** A secret key and what belongs to it. */
export interface SecretKey {
  /** The half that others may know. */
  readonly publicKey: PublicKey;
  /** The owner's note, copied into the public key line. May be empty. */
  readonly comment: string;
  /** The secret, for `node:crypto`. */
  readonly handle: KeyObject;
}

/**
 * Makes a new key.
 * @throws {KeyError} `key-format` if `comment` cannot stand in a key line
 */
export function generateSecretKey(comment: string): SecretKey {
  const problem = commentProblem(comment);
  if (problem !== undefined) throw new KeyError("key-format", problem);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: publicHalf(publicKey), comment, handle: privateKey };
}

/**
 * Brings 32 secret bytes and the public key that they are said to belong to together again.
 * @throws {KeyError} `key-damaged` if they do not belong together
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
    throw new KeyError("key-damaged", "secret and public half of the key do not belong together");
  }
  return { ...owner, handle };
}

/** The 32 secret bytes, to be written into a key file. */
export function seedOf(key: SecretKey): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(key.handle.export({ format: "jwk" }).d ?? "", URL_SAFE);
}

/** The signature of `message` by `key`: pure Ed25519, 64 bytes. */
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
