import { strictEqual, throws } from "node:assert/strict";
import { parseGroupList } from "../../../lib/nodeset/targets/target_parser.ts";
import { printTarget } from "../../../lib/nodeset/mod.ts";

Deno.test("parseGroupList reads groups with and without @", () => {
  const rows: readonly (readonly [text: string, target: string])[] = [
    ["db", "@db"],
    ["@db", "@db"],
    ["db, web", "@db or @web"],
    ["rack[1-2],slurm:gpu", "(@rack1 or @rack2) or @slurm:gpu"],
    ["job:last:failed", "@job:last:failed"],
    [`job:last:out~"a b"`, `@job:"last:out~a b"`],
    ["*", "ALL"],
    ["slurm:*", "@slurm:*"],
  ];
  for (const [text, target] of rows) strictEqual(printTarget(parseGroupList(text)), target, text);
});

Deno.test("parseGroupList refuses other texts and points at them", () => {
  const rows: readonly (readonly [text: string, position: number])[] = [
    ["", 0],
    ["db,", 3],
    [",db", 0],
    ["db!web", 2],
    ["db web", 3],
    ["@@db", 0],
    ["rack[1-", 7],
    ["a\tb", 1],
  ];
  for (const [text, position] of rows) {
    throws(() => parseGroupList(text), { name: "TargetError", input: text, position }, text);
  }
});
