import assert from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  decodeLatin1,
  decodeUtf8,
  encodeLatin1,
  encodeUtf8,
  equalBytes,
  startsWith,
} from "../../lib/base/bytes.ts";

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

Deno.test("concat joins arrays in order into one of its own", () => {
  const first = bytes(1, 2);
  const joined = concat([first, bytes(), bytes(3)]);
  assert.deepEqual(joined, bytes(1, 2, 3));
  first[0] = 9;
  assert.equal(joined[0], 1);
  assert.deepEqual(concat([]), bytes());
});

Deno.test("concat of pieces gives back what was cut", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (parts) => {
    assert.deepEqual([...concat(parts)], parts.flatMap((part) => [...part]));
  }));
});

Deno.test("equalBytes compares content and length", () => {
  assert.ok(equalBytes(bytes(), bytes()));
  assert.ok(equalBytes(bytes(1, 2), bytes(1, 2)));
  assert.ok(!equalBytes(bytes(1, 2), bytes(1, 3)));
  assert.ok(!equalBytes(bytes(1, 2), bytes(1, 2, 3)));
  assert.ok(!equalBytes(bytes(1, 2, 3), bytes(1, 2)));
});

Deno.test("startsWith holds exactly for the beginnings", () => {
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (head, tail) => {
    const whole = concat([head, tail]);
    assert.ok(startsWith(whole, head));
    assert.ok(startsWith(whole, bytes()));
    assert.equal(startsWith(head, whole), tail.length === 0);
  }));
  assert.ok(!startsWith(bytes(1, 2, 3), bytes(2)));
});

Deno.test("encodeUtf8 and decodeUtf8 are inverse", () => {
  fc.assert(fc.property(fc.array(fc.nat(0x10ffff)), (points) => {
    const text = String.fromCodePoint(...points).toWellFormed();
    assert.equal(decodeUtf8(encodeUtf8(text)), text);
  }));
  assert.deepEqual(encodeUtf8("é"), bytes(0xc3, 0xa9));
  assert.equal(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});

Deno.test("utf8 replaces a lone surrogate", () => {
  assert.deepEqual(encodeUtf8("\ud800"), bytes(0xef, 0xbf, 0xbd));
});

Deno.test("decodeUtf8 refuses bytes that are not well-formed", () => {
  const hostile: readonly (readonly [string, Uint8Array])[] = [
    ["a stray continuation byte", bytes(0x80)],
    ["a sequence cut short", bytes(0xc3)],
    ["an overlong slash", bytes(0xc0, 0xaf)],
    ["a surrogate", bytes(0xed, 0xa0, 0x80)],
    ["past the last code point", bytes(0xf4, 0x90, 0x80, 0x80)],
    ["a byte that never occurs", bytes(0xff)],
  ];
  for (const [what, input] of hostile) assert.throws(() => decodeUtf8(input), TypeError, what);
});

Deno.test("decodeLatin1 makes one character of each byte, and encodeLatin1 reverses it", () => {
  const every = Uint8Array.from({ length: 40_000 }, (_, index) => index % 256);
  const text = decodeLatin1(every);
  assert.equal(text.length, every.length);
  assert.equal(text.slice(0x7e, 0x82), "~\x7f\x80\x81");
  assert.deepEqual(encodeLatin1(text), every);
});
