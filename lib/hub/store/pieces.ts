/**
 * Bytes cut into pieces that are easy to store. Pure; imports `base`.
 * @module
 */
import { concat } from "../../base/bytes.ts";

/** The longest piece in bytes. */
export const PIECE_BYTES = 65_536;

/**
 * The bytes of `chunks`, in order, in pieces of {@linkcode PIECE_BYTES}; only the last one may be
 * shorter, and none is empty.
 */
export function* piecesOf(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0;) {
      const part = rest.subarray(0, PIECE_BYTES - length);
      parts.push(part);
      length += part.length;
      rest = rest.subarray(part.length);
      if (length < PIECE_BYTES) continue;
      yield concat(parts);
      [parts, length] = [[], 0];
    }
  }
  if (length > 0) yield concat(parts);
}
