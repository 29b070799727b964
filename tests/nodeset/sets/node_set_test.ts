import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { sortNodeNames } from "../../../lib/nodeset/sets/node_name.ts";
import {
  expandPatterns,
  foldNodes,
  parseNodeSet,
  splitIntoContiguous,
  splitIntoParts,
} from "../../../lib/nodeset/sets/node_set.ts";
import { anyNames, pattern } from "../../support/node_set_arbitraries.ts";

Deno.test("parseNodeSet lists every name once", () => {
  deepStrictEqual([...parseNodeSet("web[1-3] , web[2-4],db")], [
    "web1",
    "web2",
    "web3",
    "web4",
    "db",
  ]);
  strictEqual(parseNodeSet("rack[1-37]node[01-16]-ib[0-15]").size, 9_472);
});

const REFUSED: readonly (readonly [text: string, position: number])[] = [
  ["", 0],
  ["  ", 2],
  [",a", 0],
  ["a,", 2],
  ["a,,b", 2],
  ["a b", 2],
  ["a!b", 1],
  ["a*", 1],
  ["a\n", 1],
  ["a:1", 1],
  ["a[1-3", 5],
  ["a]", 1],
  ["a[0-999999],b", 0],
];

Deno.test("parseNodeSet refuses other texts and points at them", () => {
  for (const [text, position] of REFUSED) {
    throws(() => parseNodeSet(text), { name: "TargetError", position }, text);
  }
});

Deno.test("expandPatterns counts before it lists", () => {
  const many = new Array(100_000).fill(pattern("a[0-999999]"));
  throws(() => expandPatterns(many), {
    name: "TargetError",
    message: "node set has 100000000000 names, limit 1000000",
  });
});

Deno.test("parseNodeSet undoes foldNodes", () => {
  fc.assert(fc.property(anyNames.filter((names) => names.size > 0), (names) => {
    const folded = foldNodes(names);
    deepStrictEqual(parseNodeSet(folded), names);
    strictEqual(foldNodes(parseNodeSet(folded)), folded);
  }));
});

Deno.test("splitIntoParts cuts as clustershell does", () => {
  const split = splitIntoParts(parseNodeSet("b[1-3],a[1-10]"), 3);
  deepStrictEqual(split.map(foldNodes), ["a[1-5]", "a[6-9]", "a10,b[1-3]"]);
  deepStrictEqual(splitIntoParts(["b", "a"], 3), [["a"], ["b"]]);
  deepStrictEqual(splitIntoParts([], 3), []);
  for (const parts of [0, -1, 1.5, NaN, Infinity]) {
    throws(() => splitIntoParts(["a"], parts), RangeError);
  }
});

Deno.test("splitIntoParts loses nothing and cuts evenly", () => {
  fc.assert(fc.property(anyNames, fc.integer({ min: 1, max: 9 }), (names, parts) => {
    const split = splitIntoParts(names, parts);
    deepStrictEqual(split.flat(), sortNodeNames(names));
    strictEqual(split.length, Math.min(parts, names.size));
    const lengths = split.map((part) => part.length);
    deepStrictEqual(lengths, lengths.toSorted((a, b) => b - a));
    strictEqual((lengths[0] ?? 0) - (lengths.at(-1) ?? 0) <= 1, true);
  }));
});

Deno.test("splitIntoContiguous cuts where numbers are missing", () => {
  const rows: readonly (readonly [set: string, parts: readonly string[]])[] = [
    ["web[1-3,7,9-10]", ["web[1-3]", "web7", "web[9-10]"]],
    ["web[08-10]", ["web[08-10]"]],
    ["a,b1,b3", ["a", "b1", "b3"]],
    ["r[1-2]n[1-2,5]", ["r[1-2]n[1-2]", "r[1-2]n5"]],
  ];
  for (const [set, parts] of rows) {
    deepStrictEqual(splitIntoContiguous(parseNodeSet(set)).map(foldNodes), parts, set);
  }
  deepStrictEqual(splitIntoContiguous([]), []);
});

Deno.test("splitIntoContiguous gives every name once", () => {
  fc.assert(fc.property(anyNames, (names) => {
    const parts = splitIntoContiguous(names);
    deepStrictEqual(parts.flat().toSorted(), [...names].sort());
    for (const part of parts) ok(!foldNodes(part).includes(","), foldNodes(part));
  }));
});
