import { deepStrictEqual, throws } from "node:assert/strict";
import { findGroup, parseGroupFile } from "../../../lib/nodeset/targets/node_set_file.ts";

const FILE = `# a comment
rack4: web[01-20],db[1-3]
  spaced :   a   b  # the rest of the line

empty:
later:@rack4!db2\r
`;

Deno.test("parseGroupFile reads names and their node sets", () => {
  deepStrictEqual([...parseGroupFile(FILE)], [
    ["rack4", ["web[01-20],db[1-3]"]],
    ["spaced", ["a", "b"]],
    ["empty", []],
    ["later", ["@rack4!db2"]],
  ]);
  deepStrictEqual([...parseGroupFile("")], []);
});

Deno.test("parseGroupFile refuses other lines and points at them", () => {
  const table: readonly (readonly [text: string, position: number])[] = [
    ["a: b\nrack4", 5],
    ["a: b\n: c", 5],
    ["a@b: c", 0],
    ["a: b\na: c", 5],
    ["a: b\nc:  web[3-1] x", 13],
    ["a: b c d,", 9],
    ["a: b ! c", 5],
    ["a: os=linux", 3],
    ["a: b\0", 4],
  ];
  for (const [text, position] of table) {
    throws(() => parseGroupFile(text), { name: "TargetError", input: text, position }, text);
  }
});

Deno.test("findGroup knows all nodes as *", () => {
  deepStrictEqual(findGroup(parseGroupFile("a: b"), "a"), ["b"]);
  deepStrictEqual(findGroup(parseGroupFile("a: b\nc: d e"), "*"), ["b", "d", "e"]);
  deepStrictEqual(findGroup(parseGroupFile("a: b\nall: d"), "*"), ["d"]);
  throws(() => findGroup(parseGroupFile("a: b"), "toString"), {
    name: "GroupError",
    group: "@toString",
    message: `cannot use group "@toString": no such group`,
  });
});
