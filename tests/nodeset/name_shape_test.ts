import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { shapeOf, sortNodes } from "../../lib/nodeset/name_shape.ts";
import { anyNames } from "./arbitraries.ts";

Deno.test(
  "shapeOf keeps padding and leaves very long numbers as text",
  { permissions: "none" },
  () => {
    deepStrictEqual(shapeOf("r4n07"), { shape: "r\0n\0", indices: ["4", "07"] });
    deepStrictEqual(shapeOf("db"), { shape: "db", indices: [] });
    deepStrictEqual(shapeOf("a1234567890123456"), { shape: "a1234567890123456", indices: [] });
  },
);

Deno.test("sortNodes orders by shape, then by number", { permissions: "none" }, () => {
  const sorted = ["B", "a1", "a2", "a01", "a10", "a1b2", "a1b10", "a-1", "a.1", "b"];
  deepStrictEqual(sortNodes(sorted.toReversed()), sorted);
});

Deno.test("sortNodes gives one order whatever the input's", { permissions: "none" }, () => {
  fc.assert(fc.property(anyNames, (names) => {
    deepStrictEqual(sortNodes(names), sortNodes([...names].reverse()));
    deepStrictEqual(new Set(sortNodes(names)), names);
  }));
});
