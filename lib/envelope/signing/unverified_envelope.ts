/**
 * Reads an envelope without a key, to forward, store or show it. A file of its own, so that its
 * imports show every place that reads unverified bodies.
 * @module
 */

import { hash } from "node:crypto";
import { decodeEnvelope } from "./dsse_envelope.ts";
import { decodeBody, type PayloadType, requirePayloadType } from "./payload_type.ts";

/** The content of an envelope that was not verified. */
export interface UnverifiedBody<T> {
  /** The body, possibly forged. */
  readonly claimed: T;
  /** Lower-case hex SHA-256 of the body's bytes. */
  readonly digest: string;
  /** The keyids on the signatures, unchecked. */
  readonly keyids: readonly string[];
}

/**
 * Reads an envelope and checks its form only. Use the result to route, store or show it, never to
 * act on it: that takes `verifyEnvelope()`.
 * @throws {EnvelopeError} `container`, `type` or `body`
 */
export function readUnverified<T>(
  bytes: Uint8Array,
  payloadType: PayloadType<T>,
): UnverifiedBody<T> {
  const envelope = decodeEnvelope(bytes);
  requirePayloadType(envelope, payloadType);
  return {
    claimed: decodeBody(envelope.payload, payloadType),
    digest: hash("sha256", envelope.payload, "hex"),
    keyids: envelope.signatures.map(({ keyid }) => keyid),
  };
}
