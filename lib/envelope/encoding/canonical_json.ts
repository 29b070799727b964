/**
 * Canonical JSON: each value that a schema allows has exactly one encoding, and only that one is
 * decoded. The verified bytes are therefore the parsed bytes, and no two parsers can read them
 * differently: duplicate keys, white space, other field orders, `1e3`, `-0`, numbers
 * beyond 2^53, needless escapes, a byte order mark and `__proto__` all fail the comparison.
 * @module
 */

import { decodeUtf8, encodeUtf8 } from "../../base/bytes.ts";
import { EnvelopeError } from "../errors.ts";
import { type Schema, SchemaError } from "./schema.ts";

/** A kind of text with exactly one encoding. */
export interface CanonicalForm<T> {
  /** Its name in messages: the root of every path. */
  readonly title: string;
  /** The code of the error for a malformed text. */
  readonly code: "container" | "body";
  /** The schema of its value. */
  readonly schema: Schema<T>;
  /** The maximum length in bytes. */
  readonly maxBytes: number;
}

/**
 * Decodes `bytes`; the objects of the result have null prototypes.
 * @throws {EnvelopeError} with the code of the form if the bytes are too long, or not the encoding
 * of an allowed value
 */
export function decodeCanonicalJson<T>(bytes: Uint8Array, spelling: CanonicalForm<T>): T {
  const { title, code, schema, maxBytes } = spelling;
  if (bytes.length > maxBytes) throw tooLong(spelling); // check: text-length
  const text = orEnvelopeError(code, `${title} is not UTF-8`, () => decodeUtf8(bytes)); // check: text-utf8
  const parsed: unknown = orEnvelopeError(code, `${title} is not JSON`, () => JSON.parse(text));
  const value = rebuildValue(parsed, spelling, schema);
  if (JSON.stringify(value) !== text) { // check: one-spelling
    throw new EnvelopeError(code, `${title} is not in canonical form`);
  }
  return value;
}

/**
 * Encodes `value`, with its fields in the order of the schema.
 * @throws {EnvelopeError} with the code of the form if {@linkcode decodeCanonicalJson} would refuse
 * it
 */
export function encodeCanonicalJson<T>(
  value: T,
  spelling: CanonicalForm<T>,
): Uint8Array<ArrayBuffer> {
  const bytes = encodeUtf8(JSON.stringify(rebuildValue(value, spelling, spelling.schema)));
  if (bytes.length > spelling.maxBytes) throw tooLong(spelling);
  return bytes;
}

function rebuildValue<T>(value: unknown, spelling: CanonicalForm<T>, schema: Schema<T>): T {
  try {
    return schema(value, spelling.title);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new EnvelopeError(spelling.code, error.message, { cause: error });
  }
}

function tooLong({ title, code, maxBytes }: CanonicalForm<unknown>): EnvelopeError {
  return new EnvelopeError(code, `${title} is longer than ${maxBytes} bytes`);
}

function orEnvelopeError<T>(code: "container" | "body", message: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new EnvelopeError(code, message, { cause });
  }
}
