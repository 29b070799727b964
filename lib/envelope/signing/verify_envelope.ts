/**
 * Verifies an envelope: the only way from its bytes to a body that may be acted on.
 *
 * The order is part of the safety: size and form, payload type, known key, signature. Only then is
 * the body parsed.
 * @module
 */

import { hash } from "node:crypto";
import { decodeEnvelope, type Envelope, preAuthEncoding } from "./dsse_envelope.ts";
import { EnvelopeError } from "../errors.ts";
import { decodeBody, type PayloadType, requirePayloadType } from "./payload_type.ts";
import { type PublicKey, verifySignature } from "../keys/public_key.ts";

/**
 * Finds the key that a keyid names, among those that may sign on this channel. An operator's
 * look-up knows operator keys only, and so on: one key, one role.
 */
export type KeyLookup = (keyid: string) => PublicKey | undefined;

/** What is expected of an envelope. */
export interface VerifyOptions<T> {
  /** The type that this channel allows. */
  readonly payloadType: PayloadType<T>;
  /** The keys that are trusted here. */
  readonly keys: KeyLookup;
}

/**
 * A body whose signature held. Making one *is* verifying it, so that no other code can make one, and
 * what takes a `Verified<Request>` cannot be handed anything else.
 */
export class Verified<T> {
  readonly #signers: readonly PublicKey[];
  readonly #body: T;
  readonly #digest: string;

  /** Verifies, as {@linkcode verifyEnvelope} says. */
  constructor(bytes: Uint8Array, { payloadType, keys }: VerifyOptions<T>) {
    const envelope = decodeEnvelope(bytes);
    requirePayloadType(envelope, payloadType); // check: envelope-type
    this.#signers = verifiedSigners(envelope, keys); // check: signature-first
    this.#body = decodeBody(envelope.payload, payloadType);
    this.#digest = hash("sha256", envelope.payload, "hex"); // check: body-digest
  }

  /** What was signed. */
  get body(): T {
    return this.#body;
  }

  /** Lower-case hex SHA-256 of the body's bytes. */
  get digest(): string {
    return this.#digest;
  }

  /** The distinct keys that signed it: at least one, each known to the look-up. */
  get signers(): readonly PublicKey[] {
    return this.#signers;
  }
}

/**
 * Verifies an envelope and reads its body. Costs at most eight verifications.
 * Signatures of unknown keys, and wrong ones beside a right one, are passed over: anybody on the way
 * can add them. How many signers are needed is for the caller to judge.
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
    throw new EnvelopeError("signature", "envelope was altered or not signed by the key it names");
  }
  return [...signers.values()];
}
