import assert from "node:assert/strict";
import fc from "fast-check";
import { isHarmful, safeJson } from "../../../lib/cli/terminal/escape.ts";

Deno.test("safeJson is JSON of the same value", () => {
  fc.assert(fc.property(fc.json().map((text) => JSON.parse(text)), (value) => {
    assert.deepEqual(JSON.parse(safeJson(value)), value);
    assert.deepEqual(JSON.parse(safeJson(value, 2)), value);
  }));
});

Deno.test(
  "safeJson is one line without anything that a terminal obeys",
  () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = safeJson({ text });
      assert.equal(JSON.parse(json).text, text);
      for (const character of json) assert.ok(character !== "\n" && !isHarmful(character));
    }));
  },
);

Deno.test("safeJson spells out what hosts may try", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["\x1b[2J", '"\\u001b[2J"'],
    ["\u009b2J", '"\\u009b2J"'],
    ["\x7f", '"\\u007f"'],
    ["a\u202eb", '"a\\u202eb"'],
    ["\u{e0041}", '"\\udb40\\udc41"'],
    ['","event":"', '"\\",\\"event\\":\\""'],
    ["\n", '"\\n"'],
    ["\ud800", '"\\ud800"'],
    ["naïve 😀", '"naïve 😀"'],
  ];
  for (const [text, json] of rows) assert.equal(safeJson(text), json);
});
