import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseNodeSet } from "../../../lib/nodeset/sets/node_set.ts";
import {
  ALL_NODES,
  combineTargets,
  excludeNodes,
  nestingDepth,
  NO_NODES,
  targetOfNames,
} from "../../../lib/nodeset/targets/target.ts";
import { parseTarget } from "../../../lib/nodeset/targets/target_parser.ts";
import { printTarget } from "../../../lib/nodeset/targets/canonical_target.ts";

Deno.test("targetOfNames folds names, and no names are nobody", () => {
  strictEqual(printTarget(targetOfNames(parseNodeSet("web2,db,web1"))), "db,web[1-2]");
  deepStrictEqual(targetOfNames([]), NO_NODES);
});

Deno.test("combineTargets and exclude join targets", () => {
  const [web, db] = [parseTarget("web1"), parseTarget("db")];
  strictEqual(combineTargets("or", [web]), web);
  strictEqual(printTarget(combineTargets("or", [web, db])), "web1 or db");
  strictEqual(
    printTarget(excludeNodes(ALL_NODES, combineTargets("or", [web, db]))),
    "ALL and not (web1 or db)",
  );
});

Deno.test("nestingDepth counts operators inside each other", () => {
  strictEqual(nestingDepth(parseTarget("a")), 0);
  strictEqual(nestingDepth(parseTarget("a or b")), 1);
  strictEqual(nestingDepth(parseTarget("a or not (b and not c)")), 4);
});
