import assert from "node:assert/strict";
import { object } from "@optique/core/constructs";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import {
  type OptionTable,
  optionTable,
  splitArguments,
} from "../../../lib/cli/args/split_arguments.ts";
import { text } from "../../../lib/cli/args/values.ts";
import { assertRefused } from "./command_lines.ts";

const TABLE: OptionTable = new Map([
  ["-t", "TIME"],
  ["--timeout", "TIME"],
  ["-b", undefined],
  ["-L", undefined],
  ["--gather", undefined],
  ["--host", "NAME"],
]);

function split(args: readonly string[], stopAtOperand = false) {
  const { options, operands } = splitArguments(args, { table: TABLE, stopAtOperand });
  return [
    options.map(({ name, value }) => value === undefined ? name : `${name} ${value}`),
    operands,
  ];
}

Deno.test("splitArguments takes no argument for another that it may have been", () => {
  const hint = "match the file name with a pattern on the host: --shell 'ls caf?'";
  const said = (arg: string) => `an argument is not UTF-8: ${arg}`;
  assertRefused(split, [
    [["caf\ufffd"], said("caf\ufffd"), hint],
    [["--host=\ufffd"], said("--host=\ufffd"), hint],
    [["--", "rm", "caf\ufffd"], said("caf\ufffd"), hint],
  ]);
});

Deno.test("splitArguments reads options as getopt does", () => {
  const rows: readonly (readonly [
    args: readonly string[],
    options: readonly string[],
    operands: readonly string[],
  ])[] = [
    [[], [], []],
    [["--timeout", "5"], ["--timeout 5"], []],
    [["--timeout=5"], ["--timeout 5"], []],
    [["--timeout="], ["--timeout "], []],
    [["--host=a=b"], ["--host a=b"], []],
    [["-t", "5"], ["-t 5"], []],
    [["-t5"], ["-t 5"], []],
    [["-t=5"], ["-t =5"], []],
    [["-bL"], ["-b", "-L"], []],
    [["-bLt5"], ["-b", "-L", "-t 5"], []],
    [["-bt", "5"], ["-b", "-t 5"], []],
    [["-t", "-b"], ["-t -b"], []],
    [["-t", "--"], ["-t --"], []],
    [["--host", "--help"], ["--host --help"], []],
    [["a", "-b", "c"], ["-b"], ["a", "c"]],
    [["-"], [], ["-"]],
    [["--", "-b", "--"], [], ["-b", "--"]],
    [["a", "--", "-b"], [], ["a", "-b"]],
    [[""], [], [""]],
  ];
  for (const [args, options, operands] of rows) {
    assert.deepEqual(split(args), [options, operands], JSON.stringify(args));
  }
});

Deno.test("splitArguments can stop at the first operand", () => {
  assert.deepEqual(split(["-b", "ls", "-l", "--", "x"], true), [["-b"], ["ls", "-l", "--", "x"]]);
  assert.deepEqual(split(["--", "ls", "-l"], true), [[], ["ls", "-l"]]);
  assert.deepEqual(split(["-", "-b"], true), [[], ["-", "-b"]]);
});

Deno.test("splitArguments refuses in one line", () => {
  assertRefused(split, [
    [["--hots=x"], "unknown option --hots", "did you mean --host?"],
    [["--xyzzy"], "unknown option --xyzzy"],
    [["-x"], "unknown option -x"],
    [["-bx"], "unknown option -x"],
    [["-gather"], "unknown option -g", "did you mean --gather?"],
    [["--timeout"], "option --timeout needs a value: --timeout TIME"],
    [["-bt"], "option -t needs a value: -t TIME"],
    [["--gather=yes"], "option --gather takes no value"],
  ]);
});

Deno.test("splitArguments prefers a hint that it is given", () => {
  const hintFor = (option: string) => option === "--hots" ? "ask somebody" : undefined;
  const parse = (args: readonly string[]) =>
    splitArguments(args, { table: TABLE, stopAtOperand: false, hintFor });
  assertRefused(parse, [
    [["--hots"], "unknown option --hots", "ask somebody"],
    [["--gahter"], "unknown option --gahter", "did you mean --gather?"],
  ]);
});

Deno.test("optionTable knows which options take a value", () => {
  const parser = object({
    flag: option("-f", "--flag"),
    maybe: optional(option("-m", text("M"))),
    many: multiple(option("--many", text("N"))),
    inner: object({ usual: withDefault(option("--usual", text("U")), "u") }),
  });
  assert.deepEqual([...optionTable(parser.usage)], [
    ["-f", undefined],
    ["--flag", undefined],
    ["-m", "M"],
    ["--many", "N"],
    ["--usual", "U"],
  ]);
});
