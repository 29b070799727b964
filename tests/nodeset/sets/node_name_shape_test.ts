import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { sortNodeNames, splitNameShape } from "../../../lib/nodeset/sets/node_name.ts";
import { anyNames } from "../../support/node_set_arbitraries.ts";

Deno.test(
  "splitNameShape keeps padding and leaves very long numbers as text",
  () => {
    deepStrictEqual(splitNameShape("r4n07"), { shape: "r\0n\0", indices: ["4", "07"] });
    deepStrictEqual(splitNameShape("db"), { shape: "db", indices: [] });
    deepStrictEqual(splitNameShape("a1234567890123456"), {
      shape: "a1234567890123456",
      indices: [],
    });
  },
);

Deno.test("sortNodeNames orders by shape, then by number", () => {
  const sorted = ["B", "a1", "a2", "a01", "a10", "a1b2", "a1b10", "a-1", "a.1", "b"];
  deepStrictEqual(sortNodeNames(sorted.toReversed()), sorted);
});

Deno.test("sortNodeNames gives one order whatever the input's", () => {
  fc.assert(fc.property(anyNames, (names) => {
    deepStrictEqual(sortNodeNames(names), sortNodeNames([...names].reverse()));
    deepStrictEqual(new Set(sortNodeNames(names)), names);
  }));
});
