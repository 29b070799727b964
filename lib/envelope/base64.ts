/**
 * Base64 with one spelling (RFC 4648 §4). Imports nothing.
 * @module
 */

/**
 * Decodes standard base64. Padding is required, and the unused bits of the last character are zero.
 * The built-in decoder alone also takes white space; here each byte string has exactly one spelling.
 * @returns the bytes, or `undefined` if `text` is anything else
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = tryDecode(text);
  // check: base64-space
  return bytes !== undefined && text.length === base64Length(bytes.length) ? bytes : undefined;
}

/** How many characters `byteCount` bytes take in padded base64. */
export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

function tryDecode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" }); // check: base64-bits
  } catch {
    return undefined;
  }
}
