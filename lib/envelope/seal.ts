/**
 * Signing: from a body to the bytes of an envelope, and a further signature on one.
 * Imports its siblings.
 * @module
 */

import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  MAX_SIGNATURES,
  type Signature,
} from "./container.ts";
import { EnvelopeError } from "./errors.ts";
import { pae } from "./pae.ts";
import { decodeBody, encodeBody, type PayloadType, requireType } from "./payload_type.ts";
import { type SecretKey, sign } from "./secret_key.ts";

/**
 * Writes `body` and signs it with each of `keys`, one to eight.
 * @throws {EnvelopeError} `body` if the body breaks a rule of its type; `container` for a wrong
 * number of keys
 */
export function seal<T>(
  payloadType: PayloadType<T>,
  body: T,
  keys: readonly SecretKey[],
): Uint8Array<ArrayBuffer> {
  const unsigned = { payloadType: payloadType.name, payload: encodeBody(body, payloadType) };
  return encodeEnvelope({ ...unsigned, signatures: keys.map((key) => signature(unsigned, key)) });
}

/**
 * Adds the signature of `key` to an envelope. Says nothing about the signatures that are there.
 * @returns the new envelope; the same bytes if `key` has signed already
 * @throws {EnvelopeError} `container`, `type` or `body` if there is nothing to be signed: another
 * type, or a body that nobody would accept; `container` if there are eight signatures already
 */
export function cosign<T>(
  bytes: Uint8Array,
  { payloadType, key }: { readonly payloadType: PayloadType<T>; readonly key: SecretKey },
): Uint8Array {
  const envelope = decodeEnvelope(bytes);
  requireType(envelope, payloadType);
  decodeBody(envelope.payload, payloadType);
  const { signatures } = envelope;
  if (signatures.some(({ keyid }) => keyid === key.publicKey.keyid)) return bytes;
  if (signatures.length === MAX_SIGNATURES) {
    throw new EnvelopeError("container", `envelope has ${MAX_SIGNATURES} signatures already`);
  }
  return encodeEnvelope({ ...envelope, signatures: [...signatures, signature(envelope, key)] });
}

function signature(unsigned: Omit<Envelope, "signatures">, key: SecretKey): Signature {
  const message = pae(unsigned.payloadType, unsigned.payload);
  return { keyid: key.publicKey.keyid, sig: sign(key, message) };
}
