import assert from "node:assert/strict";
import {
  flag,
  group,
  mapped,
  type OptionParser,
  repeated,
  repeatedFlag,
  single,
  together,
} from "../../../lib/cli/options/option_parser.ts";
import { optionTable, splitArguments } from "../../../lib/cli/options/split_arguments.ts";
import { count, text } from "../../../lib/cli/options/values.ts";
import { assertRefused } from "./refusals.ts";
import { words } from "./usual.ts";

const PARSER = together({
  first: group("First", {
    all: flag("-a, --all", "all of it"),
    size: single("-s, --size", count("N", { min: 1, max: 9 }), "how much"),
  }),
  names: repeated("--name", text("NAME"), "whose"),
  verbosity: mapped(repeatedFlag("-v", "say more"), (times) => times * 10),
});

function read<T>(parser: OptionParser<T>, args: readonly string[]): T {
  const table = optionTable(parser.entries);
  return parser.read(splitArguments(args, { table, stopAtOperand: false }).options);
}

Deno.test("parsers read options into the shape in which they are put together", {
  permissions: "none",
}, () => {
  const usual = { first: { all: false, size: undefined }, names: [], verbosity: 0 };
  const rows: readonly (readonly [line: string, change: object])[] = [
    ["", {}],
    ["-a", { first: { all: true, size: undefined } }],
    ["--size 5 --all", { first: { all: true, size: 5 } }],
    ["-s5", { first: { all: false, size: 5 } }],
    ["--name a --name=b", { names: ["a", "b"] }],
    ["-vv -v", { verbosity: 30 }],
  ];
  for (const [line, change] of rows) {
    assert.deepEqual(read(PARSER, words(line)), { ...usual, ...change }, line);
  }
});

Deno.test("parsers refuse a second time where once makes sense, and wrong values", {
  permissions: "none",
}, () => {
  assertRefused((args) => read(PARSER, args), [
    [["-a", "-a"], "-a is given twice"],
    [["-a", "--all"], "--all is given twice"],
    [["-s1", "--size=2"], "--size is given twice"],
    [["--size=0"], '-s/--size: "0" is not a number from 1 to 9'],
    [["--name", "a", "--name="], "--name: NAME is empty"],
  ]);
});

Deno.test("entries are in the order of the help, under their titles", {
  permissions: "none",
}, () => {
  const shown = PARSER.entries.map((
    { title, names, value, description },
  ) => [title, names.join(), value?.metavar, description]);
  assert.deepEqual(shown, [
    ["First", "-a,--all", undefined, "all of it"],
    ["First", "-s,--size", "N", "how much"],
    ["Options", "--name", "NAME", "whose"],
    ["Options", "-v", undefined, "say more"],
  ]);
});

Deno.test("a mistake that is not about the value is not taken for one", {
  permissions: "none",
}, () => {
  const broken = { ...text("T"), read: () => assert.fail(new TypeError("a mistake of ours")) };
  assert.throws(() => read(single("-x", broken, ""), ["-x", "1"]), TypeError);
});
