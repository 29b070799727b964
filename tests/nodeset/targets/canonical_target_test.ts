import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { MAX_TYPED_TARGET_BYTES } from "../../../lib/nodeset/parsing/parse_limits.ts";
import { parseNodeName } from "../../../lib/nodeset/sets/node_name.ts";
import { combineTargets, type Target, targetOfNames } from "../../../lib/nodeset/targets/target.ts";
import { parseSignedTarget, printTarget } from "../../../lib/nodeset/targets/canonical_target.ts";
import { anyTarget } from "../../support/node_set_arbitraries.ts";

Deno.test("parseSignedTarget undoes printTarget", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      deepStrictEqual(parseSignedTarget(printTarget(target)), target);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("parseSignedTarget reads one spelling only", () => {
  const table: readonly (readonly [text: string, position: number])[] = [
    [" a", 0],
    ["a ", 1],
    ["(a)", 0],
    ["a,b!c", 3],
    ["a , b", 1],
    ["a or b and c", 5],
    ["web[1-4/2]", 6],
    ["web[1]", 3],
    ["@*", 0],
    ["os=~x", 2],
    ["os='x'", 3],
    [`os="x"`, 3],
    ["@job:'x'", 5],
  ];
  for (const [text, position] of table) {
    throws(() => parseSignedTarget(text), { name: "TargetError", input: text, position }, text);
  }
});

Deno.test("printTarget writes nothing that parseSignedTarget would not read", () => {
  const names = Array.from(
    { length: 8_000 },
    (_, i) => parseNodeName(`${"x".repeat(i % 23)}${i}-${i * i}`),
  );
  const large = targetOfNames(names);
  ok(printTarget(large).length > MAX_TYPED_TARGET_BYTES);
  deepStrictEqual(parseSignedTarget(printTarget(large)), large);
  const other: Target = { kind: "regex", source: "x".repeat(200) };
  const tooLarge = combineTargets("or", [other, ...new Array<Target>(1_400).fill(other)]);
  throws(() => printTarget(tooLarge), {
    name: "TargetError",
    message: /^target takes 288\d{3} bytes/,
  });
});

Deno.test("printTarget refuses a tree that was joined too deep", () => {
  let target: Target = { kind: "all" };
  for (let depth = 0; depth < 32; depth++) target = { kind: "not", item: target };
  strictEqual(printTarget(target), `${"not ".repeat(32)}ALL`);
  throws(() => printTarget({ kind: "not", item: target }), {
    message: "target is nested more than 32 deep",
  });
});
