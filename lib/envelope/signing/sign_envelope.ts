/**
 * Signs a body as an envelope, and adds a signature to an existing one.
 * @module
 */

import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  MAX_SIGNATURES,
  preAuthEncoding,
  type Signature,
} from "./dsse_envelope.ts";
import { EnvelopeError } from "../errors.ts";
import { decodeBody, encodeBody, type PayloadType, requirePayloadType } from "./payload_type.ts";
import { type SecretKey, sign } from "../keys/secret_key.ts";

/**
 * Encodes `body` and signs it with each of `keys`, one to eight.
 * @throws {EnvelopeError} `body` if the body breaks a rule of its type; `container` for a wrong
 * number of keys
 */
export function signEnvelope<T>(
  payloadType: PayloadType<T>,
  body: T,
  keys: readonly SecretKey[],
): Uint8Array<ArrayBuffer> {
  const unsigned = { payloadType: payloadType.name, payload: encodeBody(body, payloadType) };
  return encodeEnvelope({
    ...unsigned,
    signatures: keys.map((key) => makeSignature(unsigned, key)),
  });
}

/**
 * Adds the signature of `key` to an envelope. Does not verify the other signatures.
 * @returns the new envelope; the same bytes if `key` has already signed it
 * @throws {EnvelopeError} `container`, `type` or `body` for another type or an invalid body;
 * `container` if there are eight signatures already
 */
export function cosign<T>(
  bytes: Uint8Array,
  { payloadType, key }: { readonly payloadType: PayloadType<T>; readonly key: SecretKey },
): Uint8Array {
  const envelope = decodeEnvelope(bytes);
  requirePayloadType(envelope, payloadType);
  decodeBody(envelope.payload, payloadType);
  const { signatures } = envelope;
  if (signatures.some(({ keyid }) => keyid === key.publicKey.keyid)) return bytes;
  if (signatures.length === MAX_SIGNATURES) {
    throw new EnvelopeError("container", `envelope has ${MAX_SIGNATURES} signatures already`);
  }
  return encodeEnvelope({ ...envelope, signatures: [...signatures, makeSignature(envelope, key)] });
}

function makeSignature(unsigned: Omit<Envelope, "signatures">, key: SecretKey): Signature {
  const message = preAuthEncoding(unsigned.payloadType, unsigned.payload);
  return { keyid: key.publicKey.keyid, sig: sign(key, message) };
}
