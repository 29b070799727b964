/**
 * Payload types: each ties the media type of a body to its schema, so that bytes signed as one type
 * are never read as another.
 * @module
 */

import { type Envelope, MAX_BODY_BYTES } from "./dsse_envelope.ts";
import { EnvelopeError } from "../errors.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../encoding/canonical_json.ts";
import type { Schema } from "../encoding/schema.ts";

/** One type of body: its name on the wire, and its encoding. */
export interface PayloadType<T> {
  /** The media type, compared byte by byte: `application/vnd.nanoexec.<title>.v1+json`. */
  readonly name: string;
  /** The encoding of the body. */
  readonly form: CanonicalForm<T>;
}

/** Makes the payload type for version 1 of the bodies named `title`. */
export function definePayloadType<T>(title: string, schema: Schema<T>): PayloadType<T> {
  return {
    name: `application/vnd.nanoexec.${title}.v1+json`,
    form: { title, code: "body", schema, maxBytes: MAX_BODY_BYTES }, // check: body-length
  };
}

/**
 * Compares the type of an envelope with the expected one, byte by byte.
 * @throws {EnvelopeError} `type` if they differ
 */
export function requirePayloadType<T>(
  envelope: Pick<Envelope, "payloadType">,
  payloadType: PayloadType<T>,
): void {
  if (envelope.payloadType !== payloadType.name) { // check: payload-type
    throw new EnvelopeError("type", `envelope is not a ${payloadType.form.title}`);
  }
}

/**
 * Decodes a body.
 * @throws {EnvelopeError} `body` if the bytes are not a body of this type
 */
export function decodeBody<T>(bytes: Uint8Array, type: PayloadType<T>): T {
  return decodeCanonicalJson(bytes, type.form);
}

/**
 * Encodes a body.
 * @throws {EnvelopeError} `body` if {@linkcode decodeBody} would refuse it
 */
export function encodeBody<T>(body: T, type: PayloadType<T>): Uint8Array<ArrayBuffer> {
  return encodeCanonicalJson(body, type.form);
}
