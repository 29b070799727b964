import { strictEqual, throws } from "node:assert/strict";
import { isNodeName, parseNodeName } from "../../../lib/nodeset/sets/node_name.ts";

const GOOD = ["a", "1", "web01.example.com", "A_b-c.D", "a+b%c", "all", "and1", "x".repeat(253)];

const BAD: readonly (readonly [text: string, position: number])[] = [
  ["", 0],
  ["-a", 0],
  [".", 0],
  ["..", 0],
  [".a", 0],
  ["ALL", 0],
  ["and", 0],
  ["or", 0],
  ["xor", 0],
  ["not", 0],
  ["a b", 1],
  ["a:b", 1],
  ["a/b", 1],
  ["a\n", 1],
  ["a\0", 1],
  ["a[1]", 1],
  ["a,b", 1],
  ["wéb", 1],
  ["ab\u202e", 2],
  ["a😀", 1],
  ["x".repeat(254), 253],
];

Deno.test("isNodeName and parseNodeName accept names of hosts", () => {
  for (const name of GOOD) {
    strictEqual(isNodeName(name), true, name);
    strictEqual(parseNodeName(name), name);
  }
});

Deno.test("parseNodeName refuses everything else and points at it", () => {
  for (const [text, position] of BAD) {
    strictEqual(isNodeName(text), false, text);
    throws(() => parseNodeName(text), { name: "TargetError", input: text, position }, text);
  }
});
