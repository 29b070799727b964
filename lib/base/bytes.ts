/**
 * Byte arrays: joining, comparing, text. Imports nothing.
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

/** Tells whether `a` and `b` hold the same bytes. Not constant in time: not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Tells whether `bytes` begins with `prefix`; the empty prefix begins everything. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => byte === bytes[index]);
}

/** Encodes `text` as UTF-8. A lone surrogate becomes U+FFFD, as everywhere on the web. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/**
 * Decodes `bytes` as UTF-8, strictly: a byte order mark is kept as U+FEFF.
 * @throws {TypeError} if the bytes are not well-formed UTF-8
 */
export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Makes one character of each byte, so that text can be made of any bytes and back. */
export function fromLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += CHARACTERS) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + CHARACTERS)));
  }
  return parts.join("");
}

/** Makes the bytes of a text whose characters are all below 256: see {@linkcode fromLatin1}. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** How many arguments a function is given at once. */
const CHARACTERS = 8_192;
