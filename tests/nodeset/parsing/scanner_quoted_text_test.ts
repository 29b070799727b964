import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  printQuoted,
  readQuoted,
  Scanner,
  startsQuoted,
} from "../../../lib/nodeset/parsing/scanner.ts";

Deno.test("readQuoted undoes printQuoted, with anything behind it", () => {
  fc.assert(fc.property(fc.string(), fc.constantFrom("", " x", ")"), (text, rest) => {
    const scan = new Scanner(printQuoted(text) + rest);
    strictEqual(startsQuoted(scan), true);
    strictEqual(readQuoted(scan), text);
    strictEqual(scan.input.slice(scan.at), rest);
  }));
});

Deno.test("readQuoted needs the quote that opened", () => {
  strictEqual(readQuoted(new Scanner(`'a"b''c'`)), `a"b'c`);
  for (const text of [`"a`, `'a"`, `"a""`, `"`]) {
    throws(() => readQuoted(new Scanner(text)), { name: "TargetError", position: 0 }, text);
  }
});
