import assert from "node:assert/strict";
import fc from "fast-check";
import { excerptLines, positionText } from "../../../lib/cli/process/report_error.ts";

Deno.test("placeIn counts from 1, and names the line where there are several", () => {
  const rows: readonly (readonly [input: string, position: number, place: string])[] = [
    ["", 0, "character 1"],
    ["web[1-", 6, "character 7"],
    ["a\nbc", 0, "line 1, character 1"],
    ["a\nbc", 3, "line 2, character 2"],
    ["a\n", 2, "line 2, character 1"],
  ];
  for (const [input, position, place] of rows) {
    assert.equal(positionText({ input, position }), place);
  }
});

Deno.test("pointAt shows a line and a caret below the character", () => {
  const rows: readonly (readonly [input: string, position: number, lines: readonly string[]])[] = [
    ["", 0, []],
    ["  ", 0, []],
    ["web[1-", 6, ["  web[1-", "        ^"]],
    ["one\ntwo]\nthree", 7, ["  two]", "     ^"]],
    ["a\n", 2, []],
    ["a\x1b[31mb c", 8, ["  a\\x1b[31mb c", "             ^"]],
    [
      "x".repeat(100) + "!" + "y".repeat(100),
      100,
      [`  …${"x".repeat(40)}!${"y".repeat(39)}…`, `  ${" ".repeat(41)}^`],
    ],
  ];
  for (const [input, position, lines] of rows) {
    assert.deepEqual(excerptLines({ input, position }), lines, input);
  }
});

Deno.test("pointAt keeps to two short lines whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.nat(300), (input, at) => {
      const lines = excerptLines({ input, position: Math.min(at, input.length) });
      assert.ok(lines.length === 0 || lines.length === 2);
      for (const line of lines) {
        assert.ok(!/\p{Cc}/u.test(line), line);
        assert.ok(line.length <= 2 + 10 * 82);
      }
    }),
  );
});
