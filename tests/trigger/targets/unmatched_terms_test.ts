import assert from "node:assert/strict";
import { parseTarget, printTarget } from "../../../lib/nodeset/mod.ts";
import { findUnmatchedTerms } from "../../../lib/trigger/targets/resolve.ts";

Deno.test(
  "idleTerms finds globs and expressions that match no name",
  () => {
    const rows: readonly (readonly [target: string, idle: readonly string[]])[] = [
      ["web*", []],
      ["web*,wbd*", ["wbd*"]],
      ["web1,/^wbd/,x?z", ["/^wbd/", "x?z"]],
      ["web*!wbd*", []],
      ["web* and not (wbd* or x)", []],
      ["web1 or (wbd* and os=linux)", ["wbd*"]],
      ["web9,ALL", []],
      ["os=none", []],
    ];
    for (const [text, idle] of rows) {
      const found = findUnmatchedTerms(parseTarget(text), ["web1", "web2", "db1"]);
      assert.deepEqual(found.map(printTarget), idle, text);
    }
  },
);
