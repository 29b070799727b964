import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  countIndices,
  expandRangeSet,
  foldIndices,
  hasIndex,
  printRangeSet,
  type RangeSet,
  readRangeSet,
} from "../../../lib/nodeset/sets/range_set.ts";
import { Scanner } from "../../../lib/nodeset/parsing/scanner.ts";

function ranges(text: string): RangeSet {
  return readRangeSet(new Scanner(text));
}

const READ: readonly (readonly [text: string, indices: string, printed?: string])[] = [
  ["5", "5"],
  ["0", "0"],
  ["00", "00"],
  ["1-3", "1 2 3"],
  ["8-10", "8 9 10"],
  ["08-10", "08 09 10"],
  ["1-9/4", "1 5 9"],
  ["1-10/4", "1 5 9", "1-9/4"],
  ["1-3/5", "1", "1"],
  ["01-03/5", "01", "01"],
  ["1-3/1", "1 2 3", "1-3"],
  ["5-5", "5", "5"],
  ["3,1-2", "3 1 2"],
  [" 1 - 3 / 2 , 7 ", "1 3 7", "1-3/2,7"],
  ["999999999999998-999999999999999", "999999999999998 999999999999999"],
];

Deno.test("readRangeSet, expandRangeSet and printRangeSet agree", () => {
  for (const [text, indices, printed = text] of READ) {
    const set = ranges(text);
    strictEqual(expandRangeSet(set).join(" "), indices, text);
    strictEqual(countIndices(set), indices.split(" ").length, text);
    strictEqual(printRangeSet(set), printed, text);
    deepStrictEqual(ranges(printed), set, text);
  }
});

const REFUSED: readonly (readonly [text: string, position: number])[] = [
  ["", 0],
  ["x", 0],
  ["-1", 0],
  ["1,", 2],
  ["1-", 2],
  ["1--3", 2],
  ["3-1", 0],
  ["1,3-2", 2],
  ["1-010", 0],
  ["01-100", 0],
  ["1-3/0", 4],
  ["1-3/", 4],
  ["1-3/x", 4],
  ["5/2", 1],
  ["1-1000000000000000", 2],
];

Deno.test("readRangeSet refuses other texts and points at them", () => {
  for (const [text, position] of REFUSED) {
    throws(() => ranges(text), { name: "TargetError", position }, text);
  }
});

Deno.test("hasIndex knows padding and steps", () => {
  const set = ranges("1-9/4,08-12,20");
  const has = ["1", "5", "9", "08", "09", "10", "11", "12", "20"];
  const hasNot = ["01", "05", "8", "008", "2", "13", "020", "0", "00", "", "1".repeat(16)];
  for (const index of has) strictEqual(hasIndex(set, index), true, index);
  for (const index of hasNot) strictEqual(hasIndex(set, index), false, index);
});

Deno.test("foldIndices makes the ranges that clustershell makes", () => {
  const table: readonly (readonly [indices: string, folded: string])[] = [
    ["3 1 2", "1-3"],
    ["9 10 11", "9-11"],
    ["09 10 11", "09-11"],
    ["9 09 10", "9,09-10"],
    ["1 9 01 10 001", "1,9,01,10,001"],
    ["0 00 1 01", "0-1,00-01"],
    ["1 3 5", "1,3,5"],
    ["99 100", "99-100"],
    ["099 100", "099-100"],
    ["99 0100", "99,0100"],
  ];
  for (const [indices, folded] of table) {
    strictEqual(printRangeSet(foldIndices(indices.split(" "))), folded, indices);
  }
});
