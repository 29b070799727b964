/**
 * The signed envelope: DSSE's JSON form (secure-systems-lab/dsse, `envelope.md`) and its
 * pre-authentication encoding, the bytes that are signed (`protocol.md` 1.0).
 *
 * The form:
 * `{"payload":"<base64>","payloadType":"…","signatures":[{"keyid":"…","sig":"<base64>"}]}`. DSSE
 * leaves spaces, field order and the base64 alphabet open; here the envelope has exactly one
 * encoding, so envelopes of other programs must be normalised first. A decoded envelope is not
 * verified.
 * @module
 */
import { base64Length, concat, encodeUtf8 } from "../../base/bytes.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../encoding/canonical_json.ts";
import { base64, hex, list, object, text, utf8Length } from "../encoding/schema.ts";

/** The longest body, in bytes: the longest target, the longest command, and room for the rest. */
export const MAX_BODY_BYTES = 524_288;

/** The maximum number of signatures on one envelope, which bounds the cost of its verification. */
export const MAX_SIGNATURES = 8;

/** The longest envelope, in bytes: the longest body in base64 and room for the rest. */
export const MAX_ENVELOPE_BYTES: number = base64Length(MAX_BODY_BYTES) + 2_048;

const SIGNATURE_BYTES = 64;

/** One signature over the body and its type. */
export interface Signature {
  /** The key to try. Unauthenticated. */
  readonly keyid: string;
  /** The Ed25519 signature of the pre-authentication encoding, 64 bytes. */
  readonly sig: Uint8Array;
}

/** An unverified envelope. */
export interface Envelope {
  /** The type of the body. */
  readonly payloadType: string;
  /** The body's bytes. */
  readonly payload: Uint8Array;
  /** One to {@linkcode MAX_SIGNATURES} signatures. */
  readonly signatures: readonly Signature[];
}

interface WireEnvelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

const ENVELOPE_FORM: CanonicalForm<WireEnvelope> = {
  title: "envelope",
  code: "container",
  maxBytes: MAX_ENVELOPE_BYTES, // check: envelope-length
  schema: object<WireEnvelope>({
    payload: base64({ min: 1, max: MAX_BODY_BYTES }), // check: envelope-payload
    payloadType: text({ maxBytes: 100, pattern: /^[\x21-\x7e]+$/ }), // check: type-form
    signatures: list(
      object<WireEnvelope["signatures"][number]>({
        keyid: hex(32), // check: keyid-form
        sig: base64({ min: SIGNATURE_BYTES, max: SIGNATURE_BYTES }), // check: signature-length
      }),
      { min: 1, max: MAX_SIGNATURES }, // check: signature-count
    ),
  }),
};

/**
 * Decodes an envelope without verifying it.
 * @throws {EnvelopeError} `container` if `bytes` is not an envelope in canonical form
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const wire = decodeCanonicalJson(bytes, ENVELOPE_FORM);
  return {
    payloadType: wire.payloadType,
    payload: Uint8Array.fromBase64(wire.payload),
    signatures: wire.signatures.map(({ keyid, sig }) => ({
      keyid,
      sig: Uint8Array.fromBase64(sig),
    })),
  };
}

/**
 * Encodes an envelope; {@linkcode decodeEnvelope} returns the same envelope.
 * @throws {EnvelopeError} `container` if that would refuse it
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeCanonicalJson({
    payload: envelope.payload.toBase64(),
    payloadType: envelope.payloadType,
    signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid, sig: sig.toBase64() })),
  }, ENVELOPE_FORM);
}

/**
 * Returns the signed bytes, `"DSSEv1" SP len(type) SP type SP len(body) SP body`, with lengths in
 * bytes as decimal numbers. The lengths fix the border between type and body.
 */
export function preAuthEncoding(payloadType: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const typeLength = utf8Length(payloadType);
  // check: signed-bytes
  return concat([encodeUtf8(`DSSEv1 ${typeLength} ${payloadType} ${body.length} `), body]);
}
