import assert from "node:assert/strict";
import {
  nodesetCommand,
  type NodesetOperation,
} from "../../../lib/cli/commands/nodeset_options.ts";
import { assertRefused, parse, parseFor } from "../args/command_lines.ts";

const USUAL = {
  parts: { kind: "whole" },
  all: false,
  source: undefined,
  slice: undefined,
  pick: undefined,
  seed: undefined,
};

function step(text: string, option?: string, operation: NodesetOperation = "or"): object {
  return { operation, set: { kind: "set", ...(option !== undefined && { option }), text } };
}

Deno.test("nodeset takes one thing to print, and sets", () => {
  const fold = { kind: "fold" };
  const rows: readonly (readonly [readonly string[], action: object, change?: object])[] = [
    [["-f", "a"], fold],
    [["--fold", "a"], fold],
    [["a", "-e"], { kind: "expand", separator: " " }],
    [["--expand", "-S", "\\n", "a"], { kind: "expand", separator: "\n" }],
    [["-e", "-S,", "a"], { kind: "expand", separator: "," }],
    [["-e", "--separator=", "a"], { kind: "expand", separator: "" }],
    [["-c", "a"], { kind: "count" }],
    [["--count", "a"], { kind: "count" }],
    [["-r", "a"], { kind: "regroup" }],
    [["-l", "a"], { kind: "groups", withHosts: false }],
    [["-ll", "a"], { kind: "groups", withHosts: true }],
    [["-f", "--split", "3", "a"], fold, { parts: { kind: "split", parts: 3 } }],
    [["-f", "--contiguous", "a"], fold, { parts: { kind: "contiguous" } }],
    [["-af", "a"], fold, { all: true }],
    [["-f", "-s", "slurm", "a"], fold, { source: "slurm" }],
    [["-f", "-I", "0-4,9", "a"], fold, { slice: "0-4,9" }],
    [["-f", "--pick", "2", "--seed", "x", "a"], fold, { pick: 2, seed: "x" }],
  ];
  for (const [args, action, change] of rows) {
    const expected = { ...USUAL, action, steps: [step("a")], ...change };
    assert.deepEqual(parse(["nodeset", ...args]), expected, args.join(" "));
  }
});

Deno.test("nodeset works through sets in the order in which they are written", () => {
  const rows: readonly (readonly [line: string, steps: readonly object[]])[] = [
    ["-f a b", [step("a"), step("b")]],
    ["-f a -x b c", [step("a"), step("b", "-x", "not"), step("c")]],
    ["-x b -f a -i c", [step("b", "-x", "not"), step("a"), step("c", "-i", "and")]],
    ["-f a --xor=b -Xc", [step("a"), step("b", "--xor", "xor"), step("c", "-X", "xor")]],
    ["-f -- -x b", [step("-x"), step("b")]],
    ["-f", [step("-")]],
    ["-f -x a", [step("-"), step("a", "-x", "not")]],
    ["-fa", []],
    ["-l", []],
    ["-fa -x b", [step("b", "-x", "not")]],
  ];
  for (const [line, steps] of rows) {
    const parsed = parseFor(nodesetCommand, `nodeset ${line}`);
    assert.deepEqual(parsed.steps, steps, line);
  }
});

Deno.test("nodeset refuses what makes no sense", () => {
  const choose = "use one of -f, -e, -c, -r and -l";
  assertRefused((args) => parse(["nodeset", ...args]), [
    [["a"], "no output option", choose],
    [["--split", "2", "a"], "no output option", choose],
    [["-f", "-c", "a"], "more than one output option", choose],
    [["-f", "-S,", "a"], "-S needs -e", "add -e: -S separates expanded names"],
    [["--split", "0", "a"], '--split: "0" is not a number from 1 to 1000000'],
    [
      ["-f", "--split", "2", "--contiguous", "a"],
      "--split and --contiguous do not go together",
      "use --split for parts of equal size, --contiguous for parts without gaps",
    ],
    [["-f", "--seed", "2", "a"], "--seed needs --pick", "add --pick N"],
    [["-f", "-x", "", "a"], "-x/--exclude: SET is empty"],
  ]);
});
