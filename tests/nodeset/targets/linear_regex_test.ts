import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { LinearRegex } from "../../../lib/nodeset/targets/linear_regex.ts";

Deno.test("LinearRegex searches, and is tied only by ^ and $", () => {
  const table: readonly (readonly [source: string, yes: string, no: string])[] = [
    ["eb", "web1 eb", "we WEB"],
    ["^web", "web1", "xweb"],
    ["1$", "web1", "web12"],
    ["^web[0-9]+$", "web1 web12", "web web1x"],
    ["^(?:a|bc)?$", "a bc", "b ab"],
    ["^a{2,3}$", "aa aaa", "a aaaa"],
    ["^a{2}$", "aa", "a aaa"],
    ["^a{2,}$", "aa aaaa", "a"],
    ["^[^a-c]$", "d -", "a b"],
    ["^[a-]$", "a -", "b"],
    ["^[\\d\\]]$", "1 ]", "a"],
    ["^\\w\\.\\D$", "a.b _.x", "a.1 -.b"],
    ["^.$", "a 😀 é", "ab"],
    ["^(a*)*$", "aaa", "b"],
    ["a||b", "x", ""],
    ["x^a|b$c", "", "xa bc"],
    ["^]}$", "]}", "]"],
  ];
  for (const [source, yes, no] of table) {
    const regex = new LinearRegex(source);
    for (const text of yes.split(" ").filter(Boolean)) {
      strictEqual(regex.test(text), true, `${source} ${text}`);
    }
    for (const text of no.split(" ").filter(Boolean)) {
      strictEqual(regex.test(text), false, `${source} ${text}`);
    }
  }
});

const REFUSED: readonly (readonly [source: string, position: number])[] = [
  ["", 0],
  ["x".repeat(201), 200],
  ["*a", 0],
  ["a|+", 2],
  ["a**", 2],
  ["a*?", 2],
  ["a++", 2],
  ["^*", 1],
  ["(a", 0],
  ["a)", 1],
  ["[a", 0],
  ["[]a]", 1],
  ["[b-a]", 1],
  ["[\\d-z]", 1],
  ["[\\D]", 1],
  ["a{", 1],
  ["a{2,1}", 1],
  ["a\\", 1],
  ["(?=a)", 0],
  ["(?!a)", 0],
  ["(?<=a)", 0],
  ["(?<n>a)", 0],
  ["(?i)a", 0],
  ["(a)\\1", 3],
  ["\\bweb", 0],
  ["\\n", 0],
  ["\\p{L}", 0],
  ["(a{100}){100}", 0],
  ["a{1000000000}", 0],
  ["(){1000000000}", 0],
  ["((((){99}){99}){99}){99}", 0],
];

Deno.test(
  "LinearRegex refuses what is not of the subset and points at it",
  () => {
    for (const [source, position] of REFUSED) {
      throws(
        () => new LinearRegex(source),
        { name: "TargetError", input: source, position },
        source,
      );
    }
  },
);

Deno.test(
  "LinearRegex takes linear time where backtracking would not end",
  () => {
    for (const source of ["(a*)*b", "(a|aa)+$b", "(.*)*x", ".*".repeat(90) + "x", "(a?){300}b"]) {
      strictEqual(new LinearRegex(source).test("a".repeat(2_000)), false, source);
    }
  },
);

/** Sources whose meaning is the same in the language's own expressions. */
const anySource: fc.Arbitrary<string> = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "^", "$", ""),
    fc.tuple(tie("source"), tie("source")).map(([a, b]) => a + b),
    fc.tuple(tie("source"), tie("source")).map(([a, b]) => `(${a}|${b})`),
    fc.tuple(tie("source"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}"))
      .map(([a, quantifier]) => `(?:${a})${quantifier}`),
  ),
})).source.filter((source) => source !== "" && source.length <= 60);

Deno.test("LinearRegex agrees with the language's own expressions", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "1"), maxLength: 6 });
  fc.assert(
    fc.property(anySource, text, (source, text) => {
      strictEqual(new LinearRegex(source).test(text), new RegExp(source, "u").test(text));
    }),
    { numRuns: 500 },
  );
});
