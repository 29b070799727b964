import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { foldNames } from "../../../lib/nodeset/sets/fold_names.ts";
import { countNames } from "../../../lib/nodeset/sets/node_pattern.ts";
import { expandPatterns, printPatterns } from "../../../lib/nodeset/sets/node_set.ts";
import { anyNames } from "../../support/node_set_arbitraries.ts";

const FOLDED: readonly (readonly [names: string, folded: string])[] = [
  ["", ""],
  ["b a", "a,b"],
  ["a1 a1", "a1"],
  ["web3 web1 web2 db", "db,web[1-3]"],
  ["web9 web10 web01 web1 web001", "web[1,9,01,10,001]"],
  ["r1n1 r1n2 r2n1 r2n2", "r[1-2]n[1-2]"],
  ["n1-ib0 n1-ib1 n2-ib0 n3-ib1 n3-ib0", "n[1,3]-ib[0-1],n2-ib0"],
  ["a1b1 a2b1 a2b2 a2b3", "a1b1,a2b[1-3]"],
  ["a1b1 a2b1 a3b1 a3b2", "a[1-2]b1,a3b[1-2]"],
  ["10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2", "10.0.[0-1].[1-2]"],
  ["a12345678901234567 a12345678901234568", "a12345678901234567,a12345678901234568"],
];

Deno.test("foldNames folds along every dimension", () => {
  for (const [names, folded] of FOLDED) {
    strictEqual(printPatterns(foldNames(names.split(" ").filter(Boolean))), folded, names);
  }
});

Deno.test("foldNames folds a full box of many dimensions to one pattern", () => {
  const axes = "abcdef".split("");
  const names = Array.from(
    { length: 2 ** 6 },
    (_, point) => axes.map((axis, bit) => `${axis}${(point >> bit) & 1}`).join(""),
  );
  strictEqual(printPatterns(foldNames(names)), axes.map((axis) => `${axis}[0-1]`).join(""));
});

Deno.test("foldNames stays complete when more dimensions vary than it folds", () => {
  const names = Array.from({ length: 12 }, (_, axis) =>
    "0".repeat(12).split("")
      .map((_, at) => at === axis ? "1" : "0").join("-"));
  deepStrictEqual(expandPatterns(foldNames(names)), new Set(names));
});

Deno.test("expandPatterns undoes foldNames, whose patterns are disjoint", () => {
  fc.assert(fc.property(anyNames, (names) => {
    const patterns = foldNames(names);
    deepStrictEqual(expandPatterns(patterns), names);
    strictEqual(patterns.reduce((sum, pattern) => sum + countNames(pattern), 0), names.size);
  }));
});
