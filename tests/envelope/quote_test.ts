import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { quote } from "../../lib/envelope/quote.ts";

Deno.test("quote shows plain text between quotes", { permissions: "none" }, () => {
  strictEqual(quote("web1 and web2"), '"web1 and web2"');
});

Deno.test("quote escapes what a terminal or a log would obey", { permissions: "none" }, () => {
  strictEqual(quote('\x1b[2J\n\x9b"\u202e'), '"\\u001b[2J\\n\\u009b\\"\\u202e"');
});

Deno.test("quote cuts what is longer than 60 characters", { permissions: "none" }, () => {
  strictEqual(quote("a".repeat(60)), `"${"a".repeat(60)}"`);
  strictEqual(quote("a".repeat(61)), `"${"a".repeat(60)}..."`);
});

Deno.test("quote of any text is one short line of ASCII", { permissions: "none" }, () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
    const quoted = quote(text);
    match(quoted, /^"[\x20-\x7e]*"$/);
    strictEqual(quoted.length <= 63 * 6 + 2, true);
  }));
});
