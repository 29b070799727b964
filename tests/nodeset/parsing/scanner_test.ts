import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Scanner } from "../../../lib/nodeset/parsing/scanner.ts";

Deno.test("Scanner takes text from left to right", () => {
  const scan = new Scanner("ab12  é😀");
  strictEqual(scan.accept("b"), false);
  strictEqual(scan.accept("ab"), true);
  strictEqual(scan.match(/[a-z]+/y), "");
  strictEqual(scan.match(/[0-9]+/y), "12");
  scan.skipSpaces();
  strictEqual(scan.at, 6);
  strictEqual(scan.peek(), "é");
  deepStrictEqual([scan.next(), scan.next(), scan.next()], ["é", "😀", ""]);
  strictEqual(scan.done, true);
});

Deno.test(
  "Scanner.fail points at the next character or a given one",
  () => {
    const scan = new Scanner("abc");
    scan.accept("a");
    throws(() => scan.fail("bad"), {
      name: "TargetError",
      message: "bad",
      input: "abc",
      position: 1,
    });
    throws(() => scan.fail("bad", 2), { position: 2 });
    throws(() => scan.failUnexpected("x"), { message: `expected x, found "b"`, position: 1 });
    scan.accept("bc");
    throws(() => scan.failUnexpected("x"), { message: "expected x, found the end", position: 3 });
  },
);
