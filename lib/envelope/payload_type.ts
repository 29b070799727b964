/**
 * What ties the name of a body's type to its form, so that bytes signed as one thing are never read
 * as another. Imports its siblings.
 * @module
 */

import { type Envelope, MAX_BODY_BYTES } from "./container.ts";
import { EnvelopeError } from "./errors.ts";
import { decodeOneSpelling, encodeOneSpelling, type Spelling } from "./one_spelling.ts";
import type { Schema } from "./schema.ts";

/** One type of body: its name on the wire, and how its bytes are read and written. */
export interface PayloadType<T> {
  /** The media type, compared byte by byte: `application/vnd.nanoexec.<title>.v1+json`. */
  readonly name: string;
  /** The body's form. */
  readonly spelling: Spelling<T>;
}

/** Makes the payload type for bodies called `title` in version 1. */
export function payloadType<T>(title: string, schema: Schema<T>): PayloadType<T> {
  return {
    name: `application/vnd.nanoexec.${title}.v1+json`,
    spelling: { title, code: "body", schema, maxBytes: MAX_BODY_BYTES }, // check: body-length
  };
}

/**
 * Compares the type of an envelope with the expected one, byte by byte.
 * @throws {EnvelopeError} `type` if they differ
 */
export function requireType<T>(
  envelope: Pick<Envelope, "payloadType">,
  payloadType: PayloadType<T>,
): void {
  if (envelope.payloadType !== payloadType.name) { // check: payload-type
    throw new EnvelopeError("type", `envelope is not a ${payloadType.spelling.title}`);
  }
}

/**
 * Reads a body.
 * @throws {EnvelopeError} `body` if the bytes are not one of this type
 */
export function decodeBody<T>(bytes: Uint8Array, type: PayloadType<T>): T {
  return decodeOneSpelling(bytes, type.spelling);
}

/**
 * Writes a body.
 * @throws {EnvelopeError} `body` if {@linkcode decodeBody} would refuse it
 */
export function encodeBody<T>(body: T, type: PayloadType<T>): Uint8Array<ArrayBuffer> {
  return encodeOneSpelling(body, type.spelling);
}
