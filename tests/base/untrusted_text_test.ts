import fc from "fast-check";
import assert, { match, strictEqual } from "node:assert/strict";
import { INVISIBLE_CHARACTER, quoteUntrusted } from "../../lib/base/untrusted_text.ts";

/** The first and the last of what nobody can see. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xe000, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
  [0xf0000, 0xffffd],
];

Deno.test("INVISIBLE_CHARACTER matches what nobody can see", () => {
  for (const [first, last] of RANGES) {
    for (let code = first; code <= last; code++) {
      assert.match(String.fromCodePoint(code), INVISIBLE_CHARACTER, `U+${code.toString(16)}`);
    }
  }
});

Deno.test("INVISIBLE_CHARACTER matches nothing that people write", () => {
  assert.doesNotMatch(
    "a b, naïve, e\u0301, Ελληνικά, 日本語, العربية, עברית, 👩, ⠿, €\u00a0",
    INVISIBLE_CHARACTER,
  );
});

Deno.test("quoteUntrusted shows plain text between quotes", () => {
  strictEqual(quoteUntrusted("web1 and web2"), '"web1 and web2"');
});

Deno.test("quoteUntrusted escapes what a terminal or a log would obey", () => {
  strictEqual(quoteUntrusted('\x1b[2J\n\x9b"\u202e'), '"\\u001b[2J\\n\\u009b\\"\\u202e"');
});

Deno.test("quoteUntrusted cuts what is longer than 60 characters", () => {
  strictEqual(quoteUntrusted("a".repeat(60)), `"${"a".repeat(60)}"`);
  strictEqual(quoteUntrusted("a".repeat(61)), `"${"a".repeat(60)}..."`);
});

Deno.test("quoteUntrusted of any text is one short line of ASCII", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
    const quoted = quoteUntrusted(text);
    match(quoted, /^"[\x20-\x7e]*"$/);
    strictEqual(quoted.length <= 63 * 6 + 2, true);
  }));
});
