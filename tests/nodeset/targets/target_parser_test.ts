import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { TargetError } from "../../../lib/nodeset/parsing/errors.ts";
import { nestingDepth } from "../../../lib/nodeset/targets/target.ts";
import { parseTarget } from "../../../lib/nodeset/targets/target_parser.ts";
import { printTarget } from "../../../lib/nodeset/targets/canonical_target.ts";

/** Texts of the set syntax and the canonical spelling of what they mean. */
const SETS: readonly (readonly [text: string, canonical: string])[] = [
  ["web1", "web1"],
  ["web[01-20/2],db[1-3]!db2&@rack4^x", "(web[01-19/2],db[1-3] and not db2 and @rack4) xor x"],
  ["a,b!c", "a,b and not c"],
  ["a!b!c", "a and not b and not c"],
  ["a!b,c", "(a and not b) or c"],
  ["a^b^c", "a xor b xor c"],
  ["a^b,c^d", "((a xor b) or c) xor d"],
  ["web*,a,b,db?,c", "web* or a,b or db? or c"],
  [" a , b ! c ", "a,b and not c"],
  ["ALL", "ALL"],
  ["@*", "ALL"],
  ["ALL!web1", "ALL and not web1"],
  ["ALLSTAR,all,ALL1", "ALLSTAR,all,ALL1"],
  ["@rack4,@slurm:gpu", "@rack4 or @slurm:gpu"],
  ["@rack[1-2]!x", "(@rack1 or @rack2) and not x"],
  ["@job:last:failed&web*", "@job:last:failed and web*"],
  ["/^web/!/a\\/b,c/", "/^web/ and not /a\\/b,c/"],
  ["/a\\\\/", "/a\\\\/"],
  ["*", "*"],
  ["web[12]*", "web12*"],
  ["web[1]*", "web1*"],
  ["web?[2]", "web?2"],
  ["web[1-2]*", "web1* or web2*"],
  ["web[1-2]*!web[01,3]?", "(web1* or web2*) and not (web01? or web3?)"],
  ["rack[1-2]*n[1-2]", "rack1*n1 or rack1*n2 or rack2*n1 or rack2*n2"],
];

/** Texts that need the boolean syntax. */
const BOOLEANS: readonly (readonly [text: string, canonical: string])[] = [
  ["a or b or c", "a or b or c"],
  ["a and b or c", "(a and b) or c"],
  ["a or b and c", "a or (b and c)"],
  ["a xor b and c or d", "(a xor (b and c)) or d"],
  ["not a and b", "not a and b"],
  ["not a,b", "not a,b"],
  ["not not a", "not not a"],
  ["not (a or b)", "not (a or b)"],
  ["((a))", "a"],
  ["a or (b or c)", "a or (b or c)"],
  ["(a or b)!c", "(a or b) and not c"],
  ["a,b and os=linux", "a,b and os=linux"],
  ["( a )and( b )", "a and b"],
  ["os = linux", "os=linux"],
  ["os=~^12 and cpus >= 4", "os~^12 and cpus>=4"],
  ["os='Debian GNU/Linux'", `os="Debian GNU/Linux"`],
  ["os=linux & web*", "os=linux and web*"],
  ["order,android,nothing", "order,android,nothing"],
];

Deno.test("parseTarget reads both syntaxes into one tree", () => {
  for (const [text, canonical] of SETS) {
    strictEqual(printTarget(parseTarget(text, { syntax: "set" })), canonical, text);
    strictEqual(printTarget(parseTarget(text)), canonical, text);
  }
  for (const [text, canonical] of BOOLEANS) {
    strictEqual(printTarget(parseTarget(text)), canonical, text);
  }
});

Deno.test("parseTarget reads nothing but sets in the set syntax", () => {
  const table: readonly (readonly [text: string, position: number])[] = [
    ["a,(b)", 2],
    ["a,os=linux", 2],
    ["a!=b", 0],
    ["a and b", 2],
    ["not a", 0],
  ];
  for (const [text, position] of table) {
    throws(() => parseTarget(text, { syntax: "set" }), { name: "TargetError", position }, text);
  }
});

const REFUSED: readonly (readonly [text: string, position: number])[] = [
  ["", 0],
  ["   ", 0],
  ["a,", 2],
  [",a", 0],
  ["a,,b", 2],
  ["!a", 0],
  ["^a", 0],
  ["a!", 2],
  ["a b", 2],
  ["a:b", 1],
  ["a;b", 1],
  ["a.b]", 3],
  ["$(a)", 0],
  ["`a`", 0],
  ["-a", 0],
  ["a,-b", 2],
  ["a,.b", 2],
  ["web[1-", 6],
  ["web[3-1]", 4],
  ["web[1-1001]*", 0],
  ["a,web[0-9999999]", 2],
  ["(a", 2],
  ["a)", 1],
  ["()", 1],
  ["a and", 5],
  ["a and and b", 6],
  ["or", 0],
  ["not", 3],
  ["a not b", 2],
  ["/a", 0],
  ["//", 1],
  ["/(?=a)/", 1],
  ["/(a)\\1/", 4],
  [`/${"x".repeat(201)}/`, 201],
  ["@", 1],
  ["a,@@b", 2],
  ["os=", 3],
  ["os==linux", 3],
  ["os=linux,web1", 8],
  ["os!=linux^web1", 9],
  ["os='linux", 3],
  ["cpus>four", 5],
  ["a!not=b", 2],
  ["a and ALL = b", 6],
  ["os~(a|b)", 3],
  ["a\tb", 1],
  ["a\n", 1],
  ["a\0", 1],
  ["a\u00a0", 1],
  ["os='\u202e'", 4],
  ["os='\u200b'", 4],
  ["os='\ud800'", 4],
  ["wéb", 1],
  ["ａ", 0],
];

Deno.test("parseTarget refuses other texts and points at them", () => {
  for (const [text, position] of REFUSED) {
    throws(() => parseTarget(text), { name: "TargetError", input: text, position }, text);
  }
});

Deno.test("parseTarget bounds the length of the text in bytes", () => {
  const longest = `os="${" ".repeat(128 * 1024 - 5)}"`;
  strictEqual(printTarget(parseTarget(longest)), longest);
  throws(() => parseTarget(`${longest} `), { message: "target is longer than 131072 bytes" });
  throws(() => parseTarget(`os="${"é".repeat(70_000)}"`), TargetError);
  throws(() => parseTarget("abc", { maxBytes: 2 }), TargetError);
});

Deno.test("parseTarget bounds nesting of every kind", () => {
  const deepest = [
    "(".repeat(32) + "a" + ")".repeat(32),
    "not ".repeat(32) + "a",
    "a" + "&b,c".repeat(16),
    "(a or (b and ".repeat(16) + "c" + "))".repeat(16),
  ];
  for (const text of deepest) ok(nestingDepth(parseTarget(text)) <= 32, text);
  const tooDeep: readonly (readonly [text: string, position: number])[] = [
    ["(".repeat(33) + "a" + ")".repeat(33), 32],
    ["(".repeat(130_000), 32],
    ["not ".repeat(33) + "a", 128],
    ["not ".repeat(30_000) + "a", 128],
    ["a" + "&b,c".repeat(17), 65],
    ["a" + "!b,c".repeat(30_000), 63],
    ["(a or (b and ".repeat(17) + "c" + "))".repeat(17), 208],
  ];
  for (const [text, position] of tooDeep) {
    throws(
      () => parseTarget(text),
      { message: "target is nested more than 32 deep", position },
      text.slice(0, 99),
    );
  }
});

Deno.test(
  "parseTarget throws nothing but TargetError, within the text",
  () => {
    const piece = fc.constantFrom(
      ..."abz019 .,!&^*?/\\@:[]()-=~<>\"'$|{}+é\0".split(""),
      "and ",
      "or ",
      "not ",
      "ALL",
      "os=",
      "web[1-3]",
      "@job:",
      "😀",
    );
    const hostile = fc.oneof(fc.string({ unit: piece, maxLength: 40 }), fc.string());
    fc.assert(
      fc.property(hostile, fc.constantFrom("set", "boolean"), (text, syntax) => {
        try {
          const target = parseTarget(text, { syntax });
          deepStrictEqual(parseTarget(printTarget(target)), target);
        } catch (error) {
          ok(error instanceof TargetError, String(error));
          ok(error.position >= 0 && error.position <= error.input.length, error.message);
          strictEqual(error.input, text);
        }
      }),
      { numRuns: 3_000 },
    );
  },
);
