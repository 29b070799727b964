import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { printGroup, readGroups } from "../../../lib/nodeset/targets/group_term.ts";
import { Scanner } from "../../../lib/nodeset/parsing/scanner.ts";

const READ:
  readonly (readonly [text: string, source: string | undefined, name: string, printed?: string])[] =
    [
      ["@rack4", undefined, "rack4"],
      ["@slurm:gpu", "slurm", "gpu"],
      ["@slurm:*", "slurm", "*"],
      ["@job:last:failed", "job", "last:failed"],
      ["@job:12:rc=3", "job", "12:rc=3"],
      ["@job:12:rc!=0", "job", "12:rc!=0"],
      ["@job:12:rc>=2", "job", "12:rc>=2"],
      ["@job:12:out~disk.full", "job", "12:out~disk.full"],
      [`@job:12:out~"a, [b] ""c"""`, "job", `12:out~a, [b] "c"`, `@job:"12:out~a, [b] ""c"""`],
      [`@job:'1:out~x'`, "job", "1:out~x", "@job:1:out~x"],
      [`@"a:b"`, undefined, "a:b"],
      [`@x:"a="`, "x", "a="],
    ];

Deno.test("readGroups and printGroup agree", () => {
  for (const [text, source, name, printed = text] of READ) {
    const [group, ...rest] = readGroups(new Scanner(text));
    deepStrictEqual(group, { kind: "group", source, name }, text);
    deepStrictEqual(rest, []);
    strictEqual(printGroup({ kind: "group", source, name }), printed);
    deepStrictEqual(readGroups(new Scanner(printed)), [group]);
  }
});

Deno.test("readGroups makes a group of each number", () => {
  const groups = readGroups(new Scanner("@s:rack[01-03]x"));
  deepStrictEqual(groups.map(printGroup), ["@s:rack01x", "@s:rack02x", "@s:rack03x"]);
});

Deno.test("readGroups refuses other texts and points at them", () => {
  const table: readonly (readonly [text: string, position: number])[] = [
    ["@", 1],
    ["@@source", 0],
    ["@s:", 3],
    [`@""`, 3],
    ["@ x", 1],
    ["@rack[1-101]", 1],
    ["@rack[1-", 8],
    ["@job:1:rc=", 10],
    ["@job:1:rc!=", 11],
    ["@job:1:rc<", 10],
    ["@job:1:out~", 11],
    ["@job:1:out~^a", 11],
    ["@job:1:out~[0-9]", 5],
    [`@job:1:out~"a`, 11],
  ];
  for (const [text, position] of table) {
    throws(() => readGroups(new Scanner(text)), { name: "TargetError", position }, text);
  }
});
