import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseNodeSet } from "../../lib/nodeset/node_set.ts";
import {
  compose,
  EVERYBODY,
  exclude,
  namesTarget,
  nestingOf,
  NOBODY,
} from "../../lib/nodeset/target_ast.ts";
import { parseTarget } from "../../lib/nodeset/target_parser.ts";
import { printTarget } from "../../lib/nodeset/target_print.ts";

Deno.test("namesTarget folds names, and no names are nobody", { permissions: "none" }, () => {
  strictEqual(printTarget(namesTarget(parseNodeSet("web2,db,web1"))), "db,web[1-2]");
  deepStrictEqual(namesTarget([]), NOBODY);
});

Deno.test("compose and exclude join targets", { permissions: "none" }, () => {
  const [web, db] = [parseTarget("web1"), parseTarget("db")];
  strictEqual(compose("or", [web]), web);
  strictEqual(printTarget(compose("or", [web, db])), "web1 or db");
  strictEqual(
    printTarget(exclude(EVERYBODY, compose("or", [web, db]))),
    "ALL and not (web1 or db)",
  );
});

Deno.test("nestingOf counts operators inside each other", { permissions: "none" }, () => {
  strictEqual(nestingOf(parseTarget("a")), 0);
  strictEqual(nestingOf(parseTarget("a or b")), 1);
  strictEqual(nestingOf(parseTarget("a or not (b and not c)")), 4);
});
