/**
 * Makes text from hosts and peers safe to show. Output and names of hosts must not change the
 * terminal, reorder a line, or look like a line of this program.
 *
 * Printable characters, newline and tab stay unchanged. Everything else is spelled out: a control
 * character of one byte as `\x1b`, a byte that is not UTF-8 as `\xff`. An invisible character
 * (`lib/base/untrusted_text.ts`), such as a bidirectional control or a joiner, becomes `\u202e`. A
 * backslash is harmless and stays, so that the output is readable.
 *
 * In escaped output, the program name that begins our own lines is neutralized everywhere, and so
 * is the rule around our headers. A terminal may wrap a long line, so any position can be the first
 * column.
 * @module
 */
import { decodeLatin1, encodeLatin1, encodeUtf8 } from "../../base/bytes.ts";
import { INVISIBLE_CHARACTER } from "../../base/untrusted_text.ts";
import { programNames } from "../sandbox/permissions.ts";

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

/** Returns whether `character` (one code point) is unsafe for a terminal. */
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

/** Returns the end of the run of plain ASCII that begins at `start`. */
function plainEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && isPlain(bytes[end] ?? 0)) end++;
  return end;
}

/**
 * Returns the length of the UTF-8 character at `start`: 1 to 4, or 0 if it is invalid (Unicode 15,
 * table 3-7).
 */
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

/**
 * Returns whether `second` may follow `first`. Refuses overlong forms, surrogates and code points
 * beyond U+10FFFF.
 */
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

/**
 * Does the same as `JSON.stringify`, but writes every harmful character as `\u….`. The value is the
 * same for every JSON parser, but a host cannot hide a control sequence in it.
 */
export function safeJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  // JSON.stringify has already escaped characters below U+0020 in strings; newlines are our own.
  return json.replace(
    /[^\x20-\x7e\n]/gu,
    (character) => isHarmful(character) ? unicodeEscape(character) : character,
  );
}

function unicodeEscape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** The line above and below a header. */
export const RULE: string = "-".repeat(15);

/** A pattern to neutralize: bytes that every match contains, and the exact expression. */
interface Forgery {
  readonly bytes: Uint8Array;
  readonly found: RegExp;
}

const PROGRAM_NAME: Forgery = forgery(`${programNames.trigger}:`);
/** Longer and shorter rules belong to tables of the command itself. */
const ONE_RULE: Forgery = forgery(RULE, `(?<!-)${RULE}(?!-)`); // check: rule-border

/** Spells out the first character of our name in escaped output. */
export function neutralizeProgramName(line: Uint8Array): Uint8Array {
  return neutralize(line, PROGRAM_NAME); // check: prefix-forged
}

/** Spells out the first character of a {@linkcode RULE} in escaped output. */
export function neutralizeRule(line: Uint8Array): Uint8Array {
  return neutralize(line, ONE_RULE); // check: rule-forged
}

function forgery(text: string, pattern: string = text): Forgery {
  return { bytes: encodeUtf8(text), found: new RegExp(pattern, "g") }; // check: every-name
}

/**
 * Neutralizes matches byte by byte, because the patterns are ASCII. Most lines contain no match and
 * are returned at once.
 */
function neutralize(line: Uint8Array, { bytes, found }: Forgery): Uint8Array {
  if (!containsBytes(line, bytes)) return line;
  return encodeLatin1(
    decodeLatin1(line).replace(found, (ours) => {
      const hex = ours.charCodeAt(0).toString(16);
      return `\\x${hex}${ours.slice(1)}`;
    }),
  );
}

function containsBytes(line: Uint8Array, bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  // check: rule-search
  for (let at = line.indexOf(first); at >= 0; at = line.indexOf(first, at + 1)) {
    if (bytes.every((byte, index) => line[at + index] === byte)) return true;
  }
  return false;
}
