import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { printTarget, uniteTargets } from "../../../lib/nodeset/mod.ts";
import {
  parseNodeSetList,
  parseSetAt,
  splitWords,
} from "../../../lib/nodeset/targets/node_set_file.ts";

Deno.test("splitWords splits at white space and commas, and leaves comments out", () => {
  const text = "a, b,c\r\n# d\n\te #f\n,g, h#i\n";
  deepStrictEqual(splitWords(text), [
    { text: "a", position: 0 },
    { text: "b,c", position: 3 },
    { text: "e", position: 13 },
    { text: "g", position: 19 },
    { text: "h#i", position: 22 },
  ]);
  deepStrictEqual(splitWords(" ,, \n#"), []);
});

Deno.test("parseNodeSetList reads every word as a node set", () => {
  const sets = parseNodeSetList("web[1-2],db1 web3!db1\n@rack4 # x");
  deepStrictEqual(sets.map(printTarget), ["web[1-2],db1", "web3 and not db1", "@rack4"]);
  strictEqual(printTarget(uniteTargets(parseNodeSetList("web3 web1\nweb2,"))), "web[1-3]");
});

Deno.test("parseNodeSetList points into the whole text", () => {
  const input = "web1\n  web2 web[3-1]";
  throws(() => parseNodeSetList(input), { name: "TargetError", input, position: 16 });
  throws(() => parseNodeSetList("a b\u202e"), { name: "TargetError", position: 3 });
  const where = { input: "x: a!", position: 3 };
  throws(() => parseSetAt("a!", where), { name: "TargetError", input: "x: a!", position: 5 });
});
