/**
 * Reading an envelope without a key: for those who pass it on and for showing it to a person.
 * Imports its siblings and `node:crypto`.
 * @module
 */

import { hash } from "node:crypto";
import { decodeEnvelope } from "./container.ts";
import { decodeBody, type PayloadType, requireType } from "./payload_type.ts";

/** What an envelope claims; anybody can have written it. */
export interface Unverified<T> {
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
export function peek<T>(bytes: Uint8Array, payloadType: PayloadType<T>): Unverified<T> {
  const envelope = decodeEnvelope(bytes);
  requireType(envelope, payloadType);
  return {
    claimed: decodeBody(envelope.payload, payloadType),
    digest: hash("sha256", envelope.payload, "hex"),
    keyids: envelope.signatures.map(({ keyid }) => keyid),
  };
}
