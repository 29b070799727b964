/**
 * Verifies an envelope: the only way from its bytes to a body that may be acted on.
 *
 * The order matters for security: size and form, payload type, known key, signature. Only then is
 * the body parsed.
 * @module
 */

import { hash } from "node:crypto";
import { decodeEnvelope, type Envelope, preAuthEncoding } from "./dsse_envelope.ts";
import { EnvelopeError } from "../errors.ts";
import { decodeBody, type PayloadType, requirePayloadType } from "./payload_type.ts";
import { type PublicKey, verifySignature } from "../keys/public_key.ts";

/**
 * Looks up a key by its keyid, among the keys that may sign on this channel: the look-up for
 * requests knows operator keys only.
 */
export type KeyLookup = (keyid: string) => PublicKey | undefined;

/** The expected type and signers of an envelope. */
export interface VerifyOptions<T> {
  /** The payload type of this channel. */
  readonly payloadType: PayloadType<T>;
  /** The trusted keys. */
  readonly keys: KeyLookup;
}

/**
 * A body with a valid signature. The constructor verifies it, so a `Verified<Request>` cannot be
 * made from an unverified envelope.
 */
export class Verified<T> {
  readonly #signers: readonly PublicKey[];
  readonly #body: T;
  readonly #digest: string;

  /** Verifies as {@linkcode verifyEnvelope} does. */
  constructor(bytes: Uint8Array, { payloadType, keys }: VerifyOptions<T>) {
    const envelope = decodeEnvelope(bytes);
    requirePayloadType(envelope, payloadType); // check: envelope-type
    this.#signers = verifiedSigners(envelope, keys); // check: signature-first
    this.#body = decodeBody(envelope.payload, payloadType);
    this.#digest = hash("sha256", envelope.payload, "hex"); // check: body-digest
  }

  /** The signed body. */
  get body(): T {
    return this.#body;
  }

  /** Lower-case hex SHA-256 of the body's bytes. */
  get digest(): string {
    return this.#digest;
  }

  /** The distinct keys with a valid signature, at least one. */
  get signers(): readonly PublicKey[] {
    return this.#signers;
  }
}

/**
 * Verifies an envelope and reads its body. Costs at most eight verifications. Signatures of unknown
 * keys, and invalid ones beside a valid one, are ignored: anybody on the way can add them. The
 * caller decides how many signers are needed.
 * @throws {EnvelopeError} `container`, `type`, `unknown-signer`, `signature` or `body`; the first
 * that applies in this order
 */
export function verifyEnvelope<T>(bytes: Uint8Array, options: VerifyOptions<T>): Verified<T> {
  return new Verified(bytes, options);
}

function verifiedSigners(envelope: Envelope, keys: KeyLookup): readonly PublicKey[] {
  const candidates = envelope.signatures.flatMap(({ keyid, sig }) => {
    const key = keys(keyid);
    return key === undefined ? [] : [{ key, sig }];
  });
  if (candidates.length === 0) { // check: known-key
    throw new EnvelopeError("unknown-signer", "envelope is not signed by a known key");
  }
  const message = preAuthEncoding(envelope.payloadType, envelope.payload);
  const signers = new Map<string, PublicKey>();
  for (const { key, sig } of candidates) {
    // check: signature-counted
    if (verifySignature(key, { message, signature: sig })) signers.set(key.keyid, key);
  }
  if (signers.size === 0) { // check: some-signature
    throw new EnvelopeError(
      "signature",
      "envelope has an invalid signature: altered, or signed by another key",
    );
  }
  return [...signers.values()];
}
