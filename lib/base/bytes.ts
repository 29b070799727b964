/**
 * Byte arrays: joining, comparing, collecting up to a limit, and their text forms UTF-8, Latin-1
 * and base64 (RFC 4648 §4). Base64 is strict: each byte string has exactly one spelling, so that
 * signed text cannot be respelled.
 * @module
 */

/** Joins `parts` into one new array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Returns whether `a` and `b` hold the same bytes. Not constant in time: not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Returns whether `bytes` begins with `prefix`, which may be empty. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => byte === bytes[index]);
}

/** Encodes `text` as UTF-8. A lone surrogate becomes U+FFFD, as everywhere on the web. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/**
 * Decodes `bytes` as UTF-8, strictly: a byte order mark is kept as U+FEFF.
 * @throws {TypeError} if the bytes are not well-formed UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Decodes each byte as one character, so that any bytes survive the way to text and back. */
export function decodeLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += MAX_CHAR_ARGUMENTS) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + MAX_CHAR_ARGUMENTS)));
  }
  return parts.join("");
}

/** Encodes text whose characters are all below 256: reverses {@linkcode decodeLatin1}. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** The number of arguments of one call; engines limit it. */
const MAX_CHAR_ARGUMENTS = 8_192;

/**
 * Joins pieces as they arrive, up to a limit. Many small pieces cost no more than a few large ones.
 */
export class ByteCollector {
  readonly #limit: number;
  #buffer: Uint8Array;
  #length: number;

  /** Keeps the first `limit` bytes. They begin with `first`, which now belongs to the collector. */
  constructor(limit: number, first: Uint8Array = new Uint8Array()) {
    this.#limit = limit;
    this.#buffer = first;
    this.#length = first.length;
  }

  /** The number of collected bytes. */
  get length(): number {
    return this.#length;
  }

  /** Returns whether all of `piece` would be kept. */
  fits(piece: Uint8Array): boolean {
    return this.#length + piece.length <= this.#limit;
  }

  /** Copies `piece`; bytes beyond the limit are dropped. */
  add(piece: Uint8Array): void {
    const kept = piece.subarray(0, this.#limit - this.#length);
    const end = this.#length + kept.length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.set(kept, this.#length);
    this.#length = end;
  }

  /** Returns the bytes so far, not to be changed. Later pieces do not change them. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, Math.min(this.#limit, 2 * needed)));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}

/**
 * Decodes standard base64. Padding is required, and the unused bits of the last character are zero.
 * The built-in decoder alone also accepts white space.
 * @returns the bytes, or `undefined` if `text` is anything else
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = decodeStrict(text);
  // check: base64-space
  return bytes !== undefined && text.length === base64Length(bytes.length) ? bytes : undefined;
}

/** Returns how many characters `byteCount` bytes take in padded base64. */
export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

function decodeStrict(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" }); // check: base64-bits
  } catch {
    return undefined;
  }
}
