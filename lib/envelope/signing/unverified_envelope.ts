/**
 * Reads an envelope without a key, to forward, store or show it. Alone in this file so that its
 * imports show every place that reads unverified bodies.
 * @module
 */

import { hash } from "node:crypto";
import { decodeEnvelope } from "./dsse_envelope.ts";
import { decodeBody, type PayloadType, requirePayloadType } from "./payload_type.ts";

/** What an envelope claims; anybody can have written it. */
export interface UnverifiedBody<T> {
  /** The body, if it was not forged. */
  readonly claimed: T;
  /** Lower-case hex SHA-256 of the body's bytes. */
  readonly digest: string;
  /** The keyids on the signatures, none of which was checked. */
  readonly keyids: readonly string[];
}

/**
 * Reads an envelope and verifies nothing but its form: to route it, to store it, to show it.
 * Never to act on it: that takes `open()`.
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
