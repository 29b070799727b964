import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { foldIntoGroups, parseNodeSet } from "../../../lib/nodeset/sets/node_set.ts";

const GROUPS = new Map([
  ["@rack1", parseNodeSet("web[1-4]")],
  ["@rack2", parseNodeSet("web[5-8]")],
  ["@both", parseNodeSet("web[1-8]")],
  ["@odd", parseNodeSet("web[1-7/2]")],
  ["@none", new Set<never>()],
]);

Deno.test("foldIntoGroups takes the largest groups that are whole, and no name twice", () => {
  const rows: readonly (readonly [names: string, text: string])[] = [
    ["web[1-8]", "@both"],
    ["web[1-9]", "@both,web9"],
    ["web[1-7]", "@odd,web[2,4,6]"],
    ["web[1-4,6]", "@rack1,web6"],
    ["web[1-3]", "web[1-3]"],
    ["db1", "db1"],
  ];
  for (const [names, text] of rows) strictEqual(foldIntoGroups(parseNodeSet(names), GROUPS), text);
  strictEqual(foldIntoGroups([], GROUPS), "");
  const pair = new Map([["@r1", new Set(["a"])], ["@r2", new Set(["b"])]]);
  strictEqual(foldIntoGroups(["b", "a", "c"], pair), "@r[1-2],c");
});

Deno.test("foldIntoGroups stands for exactly the names", () => {
  const subset = fc.subarray([...parseNodeSet("web[1-9]")]);
  fc.assert(fc.property(subset, fc.array(subset, { maxLength: 6 }), (names, sets) => {
    const groups = new Map(sets.map((set, index) => [`@g${index}x`, new Set(set)]));
    const words = foldIntoGroups(names, groups).split(/,(?![^[]*\])/).filter((word) => word !== "");
    const found = words.flatMap((word) =>
      word.startsWith("@")
        ? [...parseNodeSet(word.slice(1))].flatMap((name) => [...groups.get(`@${name}`) ?? []])
        : [...parseNodeSet(word)]
    );
    deepStrictEqual(found.toSorted(), [...names].sort());
  }));
});
