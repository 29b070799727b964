/**
 * Schemas of bodies: the allowed JSON values.
 *
 * A schema is a function that rebuilds a value from the result of `JSON.parse`: same content,
 * fields in the order of the schema, sorted record names, null prototypes. `canonical_json.ts`
 * compares the result with the received bytes. Schemas are finite, so hostile nesting is never
 * followed.
 * @module
 */

import { decodeBase64 } from "../../base/bytes.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";

/**
 * Rebuilds `value`, found at `path`, as a `T`.
 * @throws {SchemaError} if it does not fit
 */
export type Schema<T> = (value: unknown, path: string) => T;

/** A field that may be absent. */
export interface Optional<T> {
  /** The schema of the field if it is present. */
  readonly optional: Schema<T>;
}

/** One schema per field of `T`; their order is the order on the wire. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Optional<Required<T>[K]>
    : Schema<T[K]>;
};

/** A value that does not fit its schema; the message begins with its path. */
export class SchemaError extends Error {
  /** The class, for logs. */
  override readonly name = "SchemaError";

  /** Creates an error about the value at `path`. */
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
  }
}

/** Accepts exactly `expected`. */
export function literal<const T extends string | number | boolean>(expected: T): Schema<T> {
  return (value, path) => {
    // check: literal-value
    if (value !== expected) throw new SchemaError(path, `is not ${JSON.stringify(expected)}`);
    return expected;
  };
}

/** Accepts one of `choices`. */
export function oneOf<const T extends string>(...choices: readonly T[]): Schema<T> {
  return (value, path) => {
    const found = choices.find((choice) => choice === value);
    // check: word-choice
    if (found === undefined) throw new SchemaError(path, `is not one of ${choices.join(", ")}`);
    return found;
  };
}

/** Accepts true or false. */
export function boolean(): Schema<boolean> {
  return (value, path) => {
    // check: boolean-type
    if (typeof value !== "boolean") throw new SchemaError(path, "is not true or false");
    return value;
  };
}

/** Accepts a whole number from `min` to `max`, both safe integers. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return (value, path) => {
    // check: integer-range
    if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
      throw new SchemaError(path, `is not an integer from ${min} to ${max}`);
    }
    return Number(value);
  };
}

/** The limits of a string. */
export interface TextLimits {
  /** The maximum length in bytes of UTF-8. */
  readonly maxBytes: number;
  /** The minimum length in UTF-16 units; 0 by default. */
  readonly min?: number;
  /** Must match; without the flags `g` and `y`, which keep a position. */
  readonly pattern?: RegExp;
}

/** Accepts a string without NUL and without a lone surrogate. */
export function text({ maxBytes, min = 0, pattern }: TextLimits): Schema<string> {
  return (value, path) => {
    if (typeof value !== "string") throw new SchemaError(path, "is not text"); // check: text-type
    if (value.length < min) throw new SchemaError(path, "is too short"); // check: text-least
    if (value.length * 3 > maxBytes && utf8Length(value) > maxBytes) { // check: text-greatest
      throw new SchemaError(path, `is longer than ${maxBytes} bytes`);
    }
    // check: text-surrogate
    if (!value.isWellFormed()) throw new SchemaError(path, "holds a lone surrogate");
    if (value.includes("\0")) throw new SchemaError(path, "holds a NUL"); // check: text-nul
    if (pattern?.test(value) === false) { // check: text-pattern
      throw new SchemaError(path, `is malformed: ${quoteUntrusted(value)}`);
    }
    return value;
  };
}

/** Accepts the lower-case hexadecimal text of exactly `byteCount` bytes. */
export function hex(byteCount: number): Schema<string> {
  const pattern = new RegExp(`^[0-9a-f]{${byteCount * 2}}$`); // check: hex-pattern
  return (value, path) => {
    if (typeof value === "string" && pattern.test(value)) return value; // check: hex-digits
    throw new SchemaError(path, `is not ${byteCount * 2} lower-case hex digits`);
  };
}

/** Accepts the base64 text of `min` to `max` bytes, as {@linkcode decodeBase64} does. */
export function base64({ min = 0, max }: { min?: number; max: number }): Schema<string> {
  return (value, path) => {
    const length = typeof value === "string" ? decodeBase64(value)?.length : undefined;
    // check: base64-form
    if (length === undefined) throw new SchemaError(path, "is not canonical base64");
    if (length < min || length > max) { // check: base64-length
      throw new SchemaError(path, `holds ${length} bytes, not ${min} to ${max}`);
    }
    return value as string; // a string, or it would have no decoded length
  };
}

/** Accepts a list of `min` to `max` items. */
export function list<T>(item: Schema<T>, limits: { min: number; max: number }): Schema<T[]> {
  const { min, max } = limits;
  return (value, path) => {
    if (!Array.isArray(value)) throw new SchemaError(path, "is not a list"); // check: list-type
    if (value.length < min || value.length > max) { // check: list-length
      throw new SchemaError(path, `has ${value.length} items, not ${min} to ${max}`);
    }
    return Array.from(value, (element, index) => item(element, `${path}[${index}]`));
  };
}

/** Accepts an object with up to `max` names, each with a value; sorted on the wire. */
export function record<T>(
  entry: { readonly name: RegExp; readonly value: Schema<T>; readonly max: number },
): Schema<Readonly<Record<string, T>>> {
  return (value, path) => {
    const source = plainObject(value, path);
    const names = Object.keys(source).sort(); // check: record-order
    // check: record-size
    if (names.length > entry.max) throw new SchemaError(path, `has more than ${entry.max} names`);
    const rebuilt: Record<string, T> = Object.create(null);
    for (const name of names) {
      // check: record-name
      if (!entry.name.test(name)) {
        throw new SchemaError(path, `has an invalid name ${quoteUntrusted(name)}`);
      }
      rebuilt[name] = entry.value(source[name], `${path}.${name}`); // check: record-value
    }
    return rebuilt;
  };
}

/** Marks a field of {@linkcode object} that may be absent. */
export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

/** Accepts an object with exactly the fields of `T`. */
export function object<T extends object>(fields: Fields<T>): Schema<T> {
  const entries = Object.entries<Schema<unknown> | Optional<unknown>>(fields);
  const known = new Set(Object.keys(fields));
  return (value, path) => {
    const source = plainObject(value, path);
    const unknown = Object.keys(source).find((name) => !known.has(name));
    if (unknown !== undefined) { // check: unknown-field
      throw new SchemaError(path, `has an unknown field ${quoteUntrusted(unknown)}`);
    }
    const rebuilt: Record<string, unknown> = Object.create(null);
    for (const [name, field] of entries) {
      if (Object.hasOwn(source, name)) {
        const schema = typeof field === "function" ? field : field.optional;
        rebuilt[name] = schema(source[name], `${path}.${name}`);
      } else if (typeof field === "function") { // check: missing-field
        throw new SchemaError(path, `has no field "${name}"`);
      }
    }
    return rebuilt as T; // `fields` has one entry per field of T
  };
}

/** Accepts one of several object shapes, selected by the field `kind`. */
export function union<T extends { readonly kind: string }>(
  variants: { readonly [K in T["kind"]]: Schema<Extract<T, { readonly kind: K }>> },
): Schema<T> {
  const byKind = new Map<unknown, Schema<T>>(Object.entries<Schema<T>>(variants));
  return (value, path) => {
    const { kind } = plainObject(value, path);
    const variant = byKind.get(kind);
    if (variant === undefined) { // check: unknown-variant
      throw new SchemaError(`${path}.kind`, `is not one of ${[...byKind.keys()].join(", ")}`);
    }
    return variant(value, path);
  };
}

/** Accepts the values of `schema` for which `rule` returns no problem. */
export function withRule<T>(
  schema: Schema<T>,
  rule: (value: T) => string | undefined,
): Schema<T> {
  return (value, path) => {
    const rebuilt = schema(value, path);
    const problem = rule(rebuilt);
    if (problem !== undefined) throw new SchemaError(path, problem); // check: value-rule
    return rebuilt;
  };
}

function plainObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) { // check: object-type
    throw new SchemaError(path, "is not an object");
  }
  return value as Record<string, unknown>;
}

/** Returns the length of `text` in UTF-8. Counts instead of encoding: most texts are short. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isSurrogate = unit >= 0xd800 && unit <= 0xdfff; // two of them make four bytes
    if (unit >= 0x80) bytes += unit < 0x800 || isSurrogate ? 1 : 2;
  }
  return bytes;
}
