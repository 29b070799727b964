import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  endsWithNewline,
  LineSplitter,
  MAX_LINE_BYTES,
} from "../../../lib/cli/terminal/line_splitter.ts";

function lines(splitter: LineSplitter, ...chunks: readonly string[]): readonly string[] {
  const found = chunks.flatMap((chunk) => splitter.push(encodeUtf8(chunk)));
  return [...found, ...splitter.end()].map(decodeUtf8);
}

Deno.test("LineSplitter puts chunks together to lines", () => {
  const rows: readonly (readonly [chunks: readonly string[], lines: readonly string[]])[] = [
    [[], []],
    [[""], []],
    [["a\n"], ["a\n"]],
    [["a\nb\n"], ["a\n", "b\n"]],
    [["a", "b", "\n"], ["ab\n"]],
    [["a\nb"], ["a\n", "b"]],
    [["\n\n"], ["\n", "\n"]],
    [["a\n", "\nb"], ["a\n", "\n", "b"]],
    [["a\r\n"], ["a\r\n"]],
  ];
  for (const [chunks, expected] of rows) {
    assert.deepEqual(lines(new LineSplitter(), ...chunks), expected, JSON.stringify(chunks));
  }
});

Deno.test("LineSplitter cuts a line without end into pieces", () => {
  assert.deepEqual(lines(new LineSplitter(4), "abcdefghij\nk"), ["abcd", "efgh", "ij\n", "k"]);
  assert.deepEqual(lines(new LineSplitter(4), "ab", "cd", "e"), ["abcd", "e"]);
  assert.deepEqual(lines(new LineSplitter(4), "abc\nabcd\n"), ["abc\n", "abcd", "\n"]);
});

Deno.test("endsWithNewline tells whole lines from pieces", () => {
  const rows = [["", false], ["a", false], ["\n", true], ["a\n", true], ["\na", false]] as const;
  for (const [text, expected] of rows) assert.equal(endsWithNewline(encodeUtf8(text)), expected);
});

Deno.test("LineSplitter does not cut a character in two", () => {
  assert.deepEqual(lines(new LineSplitter(5), "ab€d€f"), ["ab€", "d€f"]);
  assert.deepEqual(lines(new LineSplitter(4), "a😀b"), ["a", "😀", "b"]);
});

Deno.test("LineSplitter cuts what is no character somewhere", () => {
  const splitter = new LineSplitter(4);
  const pieces = splitter.push(new Uint8Array(11).fill(0x80));
  assert.deepEqual([...pieces, ...splitter.end()].map((piece) => piece.length), [4, 4, 3]);
});

Deno.test(
  "LineSplitter holds no more than a line, however much comes",
  () => {
    const splitter = new LineSplitter();
    const chunk = new Uint8Array(100_000).fill(0x61);
    let total = 0;
    for (let round = 0; round < 50; round++) {
      for (const piece of splitter.push(chunk)) {
        assert.equal(piece.length, MAX_LINE_BYTES);
        total += piece.length;
      }
      assert.ok((round + 1) * chunk.length - total <= MAX_LINE_BYTES);
    }
  },
);

Deno.test("LineSplitter keeps no hold of the chunk's memory", () => {
  const splitter = new LineSplitter();
  const chunk = encodeUtf8("abc");
  splitter.push(chunk);
  chunk.fill(0x7a);
  assert.deepEqual(splitter.end().map(decodeUtf8), ["abc"]);
});

Deno.test("LineSplitter gives every byte back in its order, in bounded lines", () => {
  const chunks = fc.array(fc.uint8Array({ min: 0x08, max: 0x0c, maxLength: 12 }));
  fc.assert(fc.property(chunks, fc.integer({ min: 4, max: 20 }), (parts, maxBytes) => {
    const splitter = new LineSplitter(maxBytes);
    const found = [...parts.flatMap((part) => [...splitter.push(part)]), ...splitter.end()];
    assert.deepEqual(concat(found), concat(parts));
    for (const line of found) {
      assert.ok(line.length > 0 && line.length <= maxBytes);
      assert.ok(!line.subarray(0, -1).includes(0x0a));
    }
  }));
});
