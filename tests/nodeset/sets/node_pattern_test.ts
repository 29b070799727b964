import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  countNames,
  expandPattern,
  hasName,
  printPattern,
} from "../../../lib/nodeset/sets/node_pattern.ts";
import { anyName, anyPatternText, pattern } from "../../support/node_set_arbitraries.ts";

const READ: readonly (readonly [text: string, names: string, printed?: string])[] = [
  ["db", "db"],
  ["web[1-3]", "web1 web2 web3"],
  ["web[08-10]-ib", "web08-ib web09-ib web10-ib"],
  ["[1-2]a", "1a 2a"],
  ["[1-2]", "1 2"],
  ["r[1-2]n[1,3]", "r1n1 r1n3 r2n1 r2n3"],
  ["r[5]n[1-2]", "r5n1 r5n2", "r5n[1-2]"],
  ["n1[1-3]", "n11 n12 n13"],
  ["n1[9-10]", "n19 n110"],
  ["n[1-3]4", "n14 n24 n34"],
  ["n[1-5/2]0x", "n10x n30x n50x"],
  ["a[1-2]b[3-4]c[5-6]", "a1b3c5 a1b3c6 a1b4c5 a1b4c6 a2b3c5 a2b3c6 a2b4c5 a2b4c6"],
];

Deno.test("readNodePattern, expandPattern and printPattern agree", () => {
  for (const [text, names, printed = text] of READ) {
    const read = pattern(text);
    strictEqual(expandPattern(read).join(" "), names, text);
    strictEqual(countNames(read), names.split(" ").length, text);
    strictEqual(printPattern(read), printed, text);
    deepStrictEqual(pattern(printed), read, text);
  }
});

const REFUSED: readonly (readonly [text: string, position: number])[] = [
  ["", 0],
  ["@a", 0],
  ["a[", 2],
  ["a[]", 2],
  ["a[1", 3],
  ["a[1]x[", 6],
  ["a[1-2][3-4]", 6],
  ["a[1-2]3[4-5]", 7],
  ["a[1][2]", 4],
  ["-a[1-2]", 0],
  [".[1-2]", 0],
  ["ALL", 0],
  ["not", 0],
  ["a[0-999999]b[0-1]", 0],
  ["a[0-1000000]", 0],
  [`${"a[0-9]".repeat(30)}`, 0],
  [`${"x".repeat(250)}[1-1000]`, 0],
];

Deno.test("readNodePattern refuses other texts and points at them", () => {
  for (const [text, position] of REFUSED) {
    throws(() => pattern(text), { name: "TargetError", position }, text);
  }
});

Deno.test("hasName compares whole names with their padding", () => {
  const table: readonly (readonly [text: string, yes: string, no: string])[] = [
    ["web[1-10]", "web1 web10", "web web0 web01 web11 web1x xweb1 WEB1 web1. web1234567890123456"],
    ["web[01-10]", "web01 web10", "web1 web001 web010"],
    ["n1[1-3]", "n11 n13", "n1 n111 n21"],
    ["n[1-30]4", "n14 n304 n44", "n4 n314 n34x"],
    ["n[1-30]4x", "n14x", "n4x n14 n14y"],
    ["r[1-2]n[01-02]", "r1n01", "r1n1 r3n01 r1 r1n"],
    ["web", "web", "web1 we"],
  ];
  for (const [text, yes, no] of table) {
    for (const name of yes.split(" ")) strictEqual(hasName(pattern(text), name), true, name);
    for (const name of no.split(" ")) strictEqual(hasName(pattern(text), name), false, name);
  }
});

Deno.test(
  "hasName is true of the names of expandPattern and no others",
  () => {
    fc.assert(fc.property(anyPatternText, anyName, (text, other) => {
      const read = pattern(text);
      const names = expandPattern(read);
      for (const name of names) strictEqual(hasName(read, name), true, name);
      strictEqual(hasName(read, other), names.includes(other), other);
    }));
  },
);

Deno.test("printPattern writes what readNodePattern reads", () => {
  fc.assert(fc.property(anyPatternText, (text) => {
    deepStrictEqual(pattern(printPattern(pattern(text))), pattern(text));
  }));
});
