/**
 * The box around a signed body: DSSE's JSON envelope (secure-systems-lab/dsse, `envelope.md`).
 *
 *     {"payload":"<base64>","payloadType":"…","signatures":[{"keyid":"…","sig":"<base64>"}]}
 *
 * DSSE leaves spaces, field order and the base64 alphabet open; here the box too has one spelling,
 * so an envelope that is written elsewhere is normalised by whoever brings it in. Nothing that
 * this file returns has been verified. Imports its siblings.
 * @module
 */

import { base64Length } from "./base64.ts";
import { decodeOneSpelling, encodeOneSpelling, type Spelling } from "./one_spelling.ts";
import { base64, hex, list, object, text } from "./schema.ts";

/** The longest body, in bytes: the longest target, the longest command, and room for the rest. */
export const MAX_BODY_BYTES = 524_288;

/** The most signatures on one envelope: so many verifications are the most that it can cost. */
export const MAX_SIGNATURES = 8;

/** The longest envelope, in bytes: the longest body in base64 and room for the rest. */
export const MAX_ENVELOPE_BYTES: number = base64Length(MAX_BODY_BYTES) + 2_048;

const SIGNATURE_BYTES = 64;

/** One signature over the body and its type. */
export interface Signature {
  /** Says which key to try; anybody can write anything here. */
  readonly keyid: string;
  /** The Ed25519 signature of the pre-authentication encoding, 64 bytes. */
  readonly sig: Uint8Array;
}

/** An envelope as it came or as it will go: unverified. */
export interface Envelope {
  /** What the body is. */
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

const SPELLING: Spelling<WireEnvelope> = {
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
 * Reads an envelope without verifying anything.
 * @throws {EnvelopeError} `container` if `bytes` is not the one spelling of an envelope
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const wire = decodeOneSpelling(bytes, SPELLING);
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
 * Writes an envelope; {@linkcode decodeEnvelope} gives the same envelope back.
 * @throws {EnvelopeError} `container` if that would refuse it
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeOneSpelling({
    payload: envelope.payload.toBase64(),
    payloadType: envelope.payloadType,
    signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid, sig: sig.toBase64() })),
  }, SPELLING);
}
