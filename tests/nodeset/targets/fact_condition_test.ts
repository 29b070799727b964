import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  compileFactCondition,
  parseFactCondition,
  printFactCondition,
  readFactCondition,
} from "../../../lib/nodeset/targets/fact_condition.ts";
import { Scanner } from "../../../lib/nodeset/parsing/scanner.ts";

const FACTS: ReadonlyMap<string, string> = new Map([
  ["os", "linux"],
  ["cpus", "8"],
  ["load", "-0.50"],
  ["release", "12.4"],
  ["name", "Debian GNU/Linux"],
  ["id", "1234567890123456"],
  ["empty", ""],
]);

const HOLDS: readonly (readonly [condition: string, holds: boolean])[] = [
  ["os=linux", true],
  ["os=Linux", false],
  ["os=lin", false],
  ["os!=linux", false],
  ["os!=bsd", true],
  ["os~^lin", true],
  ["os~inu", true],
  ["os~^inu", false],
  ["os =~ ^lin", true],
  ["os<5", false],
  ["os>5", false],
  ["os!=5", true],
  ["cpus=8", true],
  ["cpus=8.0", true],
  ["cpus!=8.0", false],
  ["cpus=08", true],
  ["cpus=eight", false],
  ["cpus!=eight", true],
  ["cpus>4", true],
  ["cpus>8", false],
  ["cpus>=8", true],
  ["cpus<10", true],
  ["cpus<=8", true],
  ["cpus<8", false],
  ["cpus~^[0-9]$", true],
  ["load<0", true],
  ["load=-0.5", true],
  ["release~^12[.]", true],
  ["name=Debian GNU/Linux", true],
  ["id=1234567890123456", true],
  ["id=1234567890123457", false],
  ["id>1", false],
  ["empty=", true],
  ["empty!=x", true],
  ["empty<1", false],
  ["none=", false],
  ["none!=x", false],
  ["none~x*", false],
  ["none<1", false],
];

Deno.test("compileFactCondition compares numbers as numbers and text exactly", () => {
  for (const [condition, holds] of HOLDS) {
    strictEqual(compileFactCondition(parseFactCondition(condition))(FACTS), holds, condition);
  }
});

Deno.test("parseFactCondition takes all that follows as the value", () => {
  const condition = parseFactCondition(`os = a "b" and (c),d`);
  deepStrictEqual(condition, { fact: "os", operator: "=", value: `a "b" and (c),d` });
  strictEqual(printFactCondition(condition), `os="a ""b"" and (c),d"`);
});

Deno.test(
  "parseFactCondition refuses other texts and points at them",
  () => {
    const table: readonly (readonly [text: string, position: number])[] = [
      ["", 0],
      ["os", 0],
      ["=linux", 0],
      ["9os=linux", 0],
      ["os linux", 0],
      ["not=x", 0],
      ["cpus>", 5],
      ["cpus>=four", 6],
      ["cpus<1e3", 5],
      ["cpus<0x10", 5],
      ["cpus<1234567890123456", 5],
      ["os~", 3],
      ["os~(a", 3],
      ["os=a\nb", 4],
    ];
    for (const [text, position] of table) {
      throws(() => parseFactCondition(text), { name: "TargetError", input: text, position }, text);
    }
  },
);

Deno.test("readFactCondition reads a quoted or a plain value and stops behind it", () => {
  const table: readonly (readonly [text: string, value: string, rest: string])[] = [
    [`os=linux and x`, "linux", " and x"],
    [`os="a b") or`, "a b", ") or"],
    [`os='a"b'`, `a"b`, ""],
    [`os="a""b"`, `a"b`, ""],
    [`os=""`, "", ""],
    [`os ~ ^a|b$ x`, "^a|b$", " x"],
    [`os~"(a|b) c"`, "(a|b) c", ""],
  ];
  for (const [text, value, rest] of table) {
    const scan = new Scanner(text);
    strictEqual(readFactCondition(scan)?.value, value, text);
    strictEqual(text.slice(scan.at), rest, text);
  }
});

Deno.test("readFactCondition takes nothing where no condition is", () => {
  for (const text of ["web1", "web1 , x=1", "web!x", "[1]=2", "/a=b/", "@job:1:rc=3"]) {
    const scan = new Scanner(text);
    strictEqual(readFactCondition(scan), undefined, text);
    strictEqual(scan.at, 0, text);
  }
});
