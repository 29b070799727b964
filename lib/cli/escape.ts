/**
 * Makes the bytes of strangers harmless for a terminal: nothing that a host prints, or calls
 * itself, may move the cursor, change colours, ring the bell, reorder the line or forge another.
 * Pure; imports `lib/base`.
 *
 * Shown as they are: printable characters, newline and tab. Everything else is spelled out:
 * - a control character of one byte as `\x1b`, a byte that is not UTF-8 as `\xff`;
 * - what is invisible (`lib/base/untrusted_text.ts`), such as bidirectional controls and joiners, as `\u202e`.
 *
 * A backslash is left alone: the output stays readable, and it can do no harm.
 * @module
 */

import { encodeUtf8 } from "../base/bytes.ts";
import { INVISIBLE_CHARACTER } from "../base/untrusted_text.ts";

const NEWLINE = 0x0a;
const TAB = 0x09;

/** Escapes the bytes of whole lines; newline and tab stay. */
export function escapeBytes(bytes: Uint8Array): Uint8Array {
  return plainEnd(bytes, 0) === bytes.length ? bytes : encodeUtf8(escaped(bytes));
}

/**
 * Escapes text for the middle of a line: newline and tab too, and cut to `maxLength` characters
 * (default 500) with `…` as the last one.
 */
export function escapeText(text: string, maxLength = 500): string {
  // Cut first, so that a huge text costs little; escaping can only make it longer.
  const whole = escaped(encodeUtf8(text.slice(0, maxLength + 1)))
    .replaceAll("\n", "\\x0a").replaceAll("\t", "\\x09");
  return whole.length <= maxLength ? whole : whole.slice(0, maxLength - 1) + "…";
}

/** Tells whether `character` (one code point) must not reach a terminal as it is. */
export function isHarmful(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? !isPlain(code) : INVISIBLE_CHARACTER.test(character);
}

function escaped(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let index = 0;
  while (index < bytes.length) {
    const plain = plainEnd(bytes, index);
    if (plain > index) {
      text += decoder.decode(bytes.subarray(index, plain));
      index = plain;
      continue;
    }
    const length = characterLength(bytes, index);
    if (length > 0) text += shown(decoder.decode(bytes.subarray(index, index + length)));
    else text += hexByte(bytes[index] ?? 0);
    index += Math.max(1, length);
  }
  return text;
}

function shown(character: string): string {
  if (!isHarmful(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return hexByte(code);
  const hex = code.toString(16);
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function isPlain(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === NEWLINE || byte === TAB;
}

/** The end of the run of plain ASCII that begins at `start`. */
function plainEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && isPlain(bytes[end] ?? 0)) end++;
  return end;
}

/** The length of the UTF-8 character at `start`: 1 to 4, or 0 if there is none (Unicode 15, table 3-7). */
function characterLength(bytes: Uint8Array, start: number): number {
  const first = bytes[start] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : 4;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (let offset = 1; offset < length; offset++) {
    const byte = bytes[start + offset] ?? 0;
    if (!isContinuation(byte) || (offset === 1 && !fitsAfter(first, byte))) return 0;
  }
  return length;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}

/** Refuses overlong forms, surrogates and what lies beyond U+10FFFF. */
function fitsAfter(first: number, second: number): boolean {
  switch (first) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second <= 0x9f;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second <= 0x8f;
    default:
      return true;
  }
}
