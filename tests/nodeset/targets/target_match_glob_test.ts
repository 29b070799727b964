import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { matchesGlob } from "../../../lib/nodeset/targets/target_match.ts";

Deno.test("matchesGlob compares whole names", () => {
  const table: readonly (readonly [glob: string, yes: string, no: string])[] = [
    ["web*", "web web1 web-a", "we xweb WEB1"],
    ["db?", "db1 dbx", "db db12"],
    ["*", "a", ""],
    ["a*b*c", "abc aXbYc abcbc", "ab acb abcd"],
    ["*.example.com", "a.example.com", "example.com a.example.comx a-example-com"],
    ["web", "web", "web1"],
  ];
  for (const [glob, yes, no] of table) {
    for (const name of yes.split(" ")) {
      strictEqual(matchesGlob(glob, name), true, `${glob} ${name}`);
    }
    for (const name of no.split(" ").filter(Boolean)) {
      strictEqual(matchesGlob(glob, name), false, `${glob} ${name}`);
    }
  }
});

Deno.test("matchesGlob agrees with a regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  const glob = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(fc.property(glob, text, (glob, text) => {
    const regex = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`);
    strictEqual(matchesGlob(glob, text), regex.test(text));
  }));
});

Deno.test("matchesGlob takes little time whatever the glob", () => {
  strictEqual(matchesGlob("*a".repeat(100) + "b", "a".repeat(253)), false);
});
