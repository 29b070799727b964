import assert from "node:assert/strict";
import { assertRefused } from "./refusals.ts";
import { parse } from "./usual.ts";

Deno.test("nodeset takes one thing to do, and sets", { permissions: "none" }, () => {
  const rows: readonly (readonly [readonly string[], object, readonly string[]])[] = [
    [["-f", "a1", "a2"], { kind: "fold" }, ["a1", "a2"]],
    [["--fold", "-"], { kind: "fold" }, ["-"]],
    [["a[1-2]", "-e"], { kind: "expand", separator: " " }, ["a[1-2]"]],
    [["--expand", "-S", "\\n", "a"], { kind: "expand", separator: "\n" }, ["a"]],
    [["-e", "-S,", "a"], { kind: "expand", separator: "," }, ["a"]],
    [["-e", "--separator=", "a"], { kind: "expand", separator: "" }, ["a"]],
    [["-c", "a"], { kind: "count" }, ["a"]],
    [["--count", "a!b"], { kind: "count" }, ["a!b"]],
    [["--split", "3", "a"], { kind: "split", parts: 3 }, ["a"]],
  ];
  for (const [args, action, sets] of rows) {
    assert.deepEqual(parse(["nodeset", ...args]), { kind: "nodeset", action, sets });
  }
});

Deno.test("nodeset refuses what makes no sense", { permissions: "none" }, () => {
  const choose = "choose one of -f, -e, -c and --split N";
  assertRefused((args) => parse(["nodeset", ...args]), [
    [["a"], "nothing says what to print", choose],
    [["-f", "-c", "a"], "only one thing can be printed", choose],
    [["-f"], "there is no node set", "name one, or - for stdin"],
    [["-f", "-S,", "a"], "-S is what stands between expanded names", "add -e"],
    [["--split", "0", "a"], '--split: "0" is not a number from 1 to 1000000'],
  ]);
});
