/**
 * Schemas: which JSON values a body may hold.
 *
 * A schema is a function that rebuilds a value from the result of `JSON.parse`: same content,
 * fields in the order of the schema, sorted record names, null prototypes. `canonical_json.ts`
 * compares the result with the bytes that arrived. Schemas are finite, so hostile nesting is never
 * followed.
 * @module
 */

import { decodeBase64 } from "../../base/bytes.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";

/**
 * Rebuilds `value`, found at `path`, as a `T`.
 * @throws {SchemaError} if it is none
 */
export type Schema<T> = (value: unknown, path: string) => T;

/** A field that may be absent. */
export interface Optional<T> {
  /** What the field holds when it is there. */
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

  /** Makes an error that says what is wrong with the value at `path`. */
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
  }
}

/** Exactly `expected`. */
export function literal<const T extends string | number | boolean>(expected: T): Schema<T> {
  return (value, path) => {
    // check: literal-value
    if (value !== expected) throw new SchemaError(path, `is not ${JSON.stringify(expected)}`);
    return expected;
  };
}

/** One of `choices`. */
export function oneOf<const T extends string>(...choices: readonly T[]): Schema<T> {
  return (value, path) => {
    const found = choices.find((choice) => choice === value);
    // check: word-choice
    if (found === undefined) throw new SchemaError(path, `is none of ${choices.join(", ")}`);
    return found;
  };
}

/** True or false. */
export function boolean(): Schema<boolean> {
  return (value, path) => {
    // check: boolean-type
    if (typeof value !== "boolean") throw new SchemaError(path, "is not true or false");
    return value;
  };
}

/** A whole number from `min` to `max`; both are safe integers. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return (value, path) => {
    // check: integer-range
    if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
      throw new SchemaError(path, `is not a whole number from ${min} to ${max}`);
    }
    return Number(value);
  };
}

/** What a string may hold. */
export interface TextLimits {
  /** The longest it may be, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** The shortest it may be, in UTF-16 units; 0 if not given. */
  readonly min?: number;
  /** What must be found in it; without `g` or `y`, which would remember a place. */
  readonly pattern?: RegExp;
}

/** A string without NUL and without half of a surrogate pair. */
export function text({ maxBytes, min = 0, pattern }: TextLimits): Schema<string> {
  return (value, path) => {
    if (typeof value !== "string") throw new SchemaError(path, "is not text"); // check: text-type
    if (value.length < min) throw new SchemaError(path, "is too short"); // check: text-least
    if (value.length * 3 > maxBytes && utf8Length(value) > maxBytes) { // check: text-greatest
      throw new SchemaError(path, `is longer than ${maxBytes} bytes`);
    }
    // check: text-surrogate
    if (!value.isWellFormed()) throw new SchemaError(path, "holds half of a surrogate pair");
    if (value.includes("\0")) throw new SchemaError(path, "holds a NUL"); // check: text-nul
    if (pattern?.test(value) === false) { // check: text-pattern
      throw new SchemaError(path, `is malformed: ${quoteUntrusted(value)}`);
    }
    return value;
  };
}

/** Lower-case hexadecimal text for exactly `byteCount` bytes. */
export function hex(byteCount: number): Schema<string> {
  const pattern = new RegExp(`^[0-9a-f]{${byteCount * 2}}$`); // check: hex-pattern
  return (value, path) => {
    if (typeof value === "string" && pattern.test(value)) return value; // check: hex-digits
    throw new SchemaError(path, `is not ${byteCount * 2} lower-case hex digits`);
  };
}

/** The base64 text of `min` to `max` bytes, in the one spelling of {@linkcode decodeBase64}. */
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

/** A list of `min` to `max` items. */
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

/** Names of the caller's choosing with a value each; on the wire they are sorted. */
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
        throw new SchemaError(path, `has a bad name ${quoteUntrusted(name)}`);
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

/** Exactly the fields of `T`, no others. */
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

/** One of several object shapes, told apart by their field `kind`. */
export function union<T extends { readonly kind: string }>(
  variants: { readonly [K in T["kind"]]: Schema<Extract<T, { readonly kind: K }>> },
): Schema<T> {
  const byKind = new Map<unknown, Schema<T>>(Object.entries<Schema<T>>(variants));
  return (value, path) => {
    const { kind } = plainObject(value, path);
    const variant = byKind.get(kind);
    if (variant === undefined) { // check: unknown-variant
      throw new SchemaError(`${path}.kind`, `is none of ${[...byKind.keys()].join(", ")}`);
    }
    return variant(value, path);
  };
}

/** `schema`, and a rule on the whole value that says what is wrong with it or nothing. */
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

/** How many bytes `text` takes in UTF-8. Counts instead of encoding: most texts are short. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isSurrogate = unit >= 0xd800 && unit <= 0xdfff; // two of them make four bytes
    if (unit >= 0x80) bytes += unit < 0x800 || isSurrogate ? 1 : 2;
  }
  return bytes;
}
