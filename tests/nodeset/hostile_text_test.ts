/**
 * Whatever the text: it is read, or refused with the one error that points into it.
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { TargetError } from "../../lib/nodeset/parsing/errors.ts";
import { parseGroupFile } from "../../lib/nodeset/targets/node_set_file.ts";
import { parseNodeSet } from "../../lib/nodeset/sets/node_set.ts";
import { parseRangeSet } from "../../lib/nodeset/sets/range_set.ts";
import { parseFactCondition, parseGroupList, parseNodeSetList } from "../../lib/nodeset/mod.ts";

const piece = fc.constantFrom(
  ..."abz019 .,!&^*?/\\@:[]()-=~<>\"'#$|{}+é\n\r\t\0".split(""),
  "web[1-3]",
  "@job:last:rc!=",
  "rack1: ",
  "08-10/2",
  "os=",
  "\u202e",
  "😀",
);
const hostile = fc.oneof(fc.string({ unit: piece, maxLength: 40 }), fc.string({ unit: "binary" }));

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseFactCondition,
  parseGroupList,
  parseGroups: parseGroupFile,
  parseNodeSet,
  parseNodeSets: parseNodeSetList,
  parseRangeSet,
};

for (const [name, read] of Object.entries(READERS)) {
  Deno.test(`${name} throws nothing but TargetError, within the text`, () => {
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          read(text);
        } catch (error) {
          ok(error instanceof TargetError, String(error));
          ok(error.position >= 0 && error.position <= error.input.length, error.message);
          strictEqual(error.input, text);
        }
      }),
      { numRuns: 2_000 },
    );
  });
}
