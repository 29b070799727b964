import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { escapeBytes, escapeText, isHarmful } from "../../../lib/cli/terminal/escape.ts";

/** Hostile output, and how it must be shown. */
const HOSTILE: readonly (readonly [what: string, bytes: Uint8Array, shown: string])[] = [
  ["ESC", encodeUtf8("\x1b"), "\\x1b"],
  ["CSI: clear the screen", encodeUtf8("a\x1b[2Jb"), "a\\x1b[2Jb"],
  ["CSI: colour", encodeUtf8("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m"],
  ["OSC 52: write the clipboard", encodeUtf8("\x1b]52;c;cm0gLXJm\x07"), "\\x1b]52;c;cm0gLXJm\\x07"],
  ["OSC 8: link", encodeUtf8("\x1b]8;;http://x\x1b\\y"), "\\x1b]8;;http://x\\x1b\\y"],
  ["OSC 0: window title", encodeUtf8("\x1b]0;root\x07"), "\\x1b]0;root\\x07"],
  ["DCS", encodeUtf8("\x1bPq\x1b\\"), "\\x1bPq\\x1b\\"],
  ["C1 CSI as a character", encodeUtf8("\u009b2J"), "\\u009b2J"],
  ["C1 CSI as a bare byte", Uint8Array.of(0x9b, 0x32, 0x4a), "\\x9b2J"],
  ["CR that overwrites the line", encodeUtf8("failed\rok    "), "failed\\x0dok    "],
  ["BEL", encodeUtf8("\x07"), "\\x07"],
  ["backspace", encodeUtf8("bad\b\b\bgood"), "bad\\x08\\x08\\x08good"],
  ["NUL, vertical tab, form feed", encodeUtf8("\0\v\f"), "\\x00\\x0b\\x0c"],
  ["shift out and in", encodeUtf8("\x0e\x0f"), "\\x0e\\x0f"],
  ["DEL", encodeUtf8("\x7f"), "\\x7f"],
  ["right-to-left override", encodeUtf8("a\u202eb"), "a\\u202eb"],
  [
    "all bidi controls",
    encodeUtf8("\u061c\u200e\u200f\u202a\u2066\u2069"),
    "\\u061c\\u200e\\u200f\\u202a\\u2066\\u2069",
  ],
  ["line and paragraph separator", encodeUtf8("\u2028\u2029"), "\\u2028\\u2029"],
  ["zero width space, BOM", encodeUtf8("\u200b\ufeff"), "\\u200b\\ufeff"],
  ["tag characters", encodeUtf8("\u{e0041}"), "\\u{e0041}"],
  [
    "zero width joiners, word joiner, invisible operators",
    encodeUtf8("\u200c\u200d\u2060\u2064"),
    "\\u200c\\u200d\\u2060\\u2064",
  ],
  ["variation selectors", encodeUtf8("\ufe0f\u{e0100}\u180b"), "\\ufe0f\\u{e0100}\\u180b"],
  ["soft hyphen, grapheme joiner", encodeUtf8("\u00ad\u034f"), "\\u00ad\\u034f"],
  [
    "fillers and blanks",
    encodeUtf8("\u115f\u1160\u3164\uffa0\u2800"),
    "\\u115f\\u1160\\u3164\\uffa0\\u2800",
  ],
  ["musical format characters", encodeUtf8("\u{1d173}\u{1d17a}"), "\\u{1d173}\\u{1d17a}"],
  ["annotations, private use", encodeUtf8("\ufff9\ufffb\ue000"), "\\ufff9\\ufffb\\ue000"],
  ["invalid: lone continuation", Uint8Array.of(0x41, 0x80, 0x42), "A\\x80B"],
  ["invalid: overlong slash", Uint8Array.of(0xc0, 0xaf), "\\xc0\\xaf"],
  ["invalid: overlong in three bytes", Uint8Array.of(0xe0, 0x80, 0xaf), "\\xe0\\x80\\xaf"],
  ["invalid: surrogate", Uint8Array.of(0xed, 0xa0, 0x80), "\\xed\\xa0\\x80"],
  ["invalid: beyond U+10FFFF", Uint8Array.of(0xf4, 0x90, 0x80, 0x80), "\\xf4\\x90\\x80\\x80"],
  ["invalid: 0xff", Uint8Array.of(0xff, 0xfe), "\\xff\\xfe"],
  ["invalid: cut short, then text", Uint8Array.of(0xe2, 0x82, 0x41), "\\xe2\\x82A"],
  ["invalid: cut short at the end", Uint8Array.of(0x41, 0xf0, 0x9f, 0x98), "A\\xf0\\x9f\\x98"],
];

/** What people print. */
const HARMLESS: readonly string[] = [
  "",
  "plain\n",
  "\ttabs\tand\nlines\n",
  "C:\\path\\x1b",
  "naïve café, Ελληνικά, 日本語, العربية, עברית",
  "👩💻, 🇫🇷 a flag, é combining, ⠿ braille",
];

Deno.test("escapeBytes spells out what a terminal would obey", () => {
  for (const [what, bytes, shown] of HOSTILE) {
    assert.equal(decodeUtf8(escapeBytes(bytes)), shown, what);
  }
});

Deno.test("escapeBytes leaves text alone", () => {
  for (const text of HARMLESS) assert.equal(decodeUtf8(escapeBytes(encodeUtf8(text))), text);
});

Deno.test(
  "escapeBytes lets no harmful character through, and is UTF-8",
  () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
      for (const character of decodeUtf8(escapeBytes(input))) assert.ok(!isHarmful(character));
    }));
  },
);

Deno.test("escapeBytes escapes what is escaped no further", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
    const once = escapeBytes(input);
    assert.deepEqual(escapeBytes(once), once);
  }));
});

Deno.test("escapeText makes one line of anything", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["web1", "web1"],
    ["web1\nroot: all is well", "web1\\x0aroot: all is well"],
    ["a\tb", "a\\x09b"],
    ['x","event":"', 'x","event":"'],
    ["\x1b[2J", "\\x1b[2J"],
    ["\ud800", "\ufffd"],
  ];
  for (const [text, shown] of rows) assert.equal(escapeText(text), shown);
});

Deno.test("escapeText cuts what is too long", () => {
  assert.equal(escapeText("abcdef", 6), "abcdef");
  assert.equal(escapeText("abcdefg", 6), "abcde…");
  assert.equal(escapeText("ab\x1b\x1b", 6), "ab\\x1…");
  assert.equal(escapeText("x".repeat(10_000_000)).length, 500);
});
