import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  isNoNodes,
  NO_NODES,
  parseTarget,
  printTarget,
  selectNodes,
  uniteTargets,
} from "../../../lib/nodeset/mod.ts";
import { anyResolvedTarget } from "../../support/node_set_arbitraries.ts";

Deno.test("unite folds node sets, and leaves nobody out", () => {
  const rows: readonly (readonly [texts: readonly string[], united: string])[] = [
    [[], "not ALL"],
    [["not ALL", "not ALL"], "not ALL"],
    [["web1", "not ALL"], "web1"],
    [["web2", "db*", "web1,web3"], "web[1-3] or db*"],
    [["web1!db1"], "web1 and not db1"],
    [["@a", "@a"], "@a or @a"],
  ];
  for (const [texts, united] of rows) {
    strictEqual(printTarget(uniteTargets(texts.map((text) => parseTarget(text)))), united);
  }
  strictEqual(isNoNodes(NO_NODES), true);
  strictEqual(isNoNodes(parseTarget("not web1")), false);
});

Deno.test("unite selects whom any of the targets selects", () => {
  const facts = new Map([["os", "linux"], ["cpus", "4"]]);
  const nodes = ["web1", "web-a", "r1n2", "db", "x.y"].map((name) => ({ name, facts }));
  fc.assert(fc.property(fc.array(anyResolvedTarget, { maxLength: 4 }), (targets) => {
    const any = new Set(targets.flatMap((target) => selectNodes(target, nodes)));
    deepStrictEqual(new Set(selectNodes(uniteTargets(targets), nodes)), any);
  }));
});
