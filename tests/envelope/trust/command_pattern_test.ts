import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  checkProgramName,
  matchesCommand,
  MAX_PATTERN_LENGTH,
  parseCommandPattern,
} from "../../../lib/envelope/trust/command_pattern.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { assertEnvelopeError, resultOrRefusal } from "../../support/envelope_fixtures.ts";

const PROGRAMS = new Map([
  ["systemctl", "/usr/bin/systemctl"],
  ["sh", "/bin/sh"],
]);

function resolve(name: string): string | undefined {
  return PROGRAMS.get(name);
}

function allows(pattern: string, ...argv: readonly string[]): boolean {
  return matchesCommand({ pattern: parseCommandPattern(pattern), argv }, { resolve });
}

Deno.test("parseCommandPattern splits words and knows their kinds", async (t) => {
  const literal = (text: string) => ({ kind: "literal", text });
  const good: readonly (readonly [string, string, readonly unknown[]])[] = [
    ["uptime", "uptime", []],
    ["/bin/true", "/bin/true", []],
    ["systemctl restart *", "systemctl", [literal("restart"), { kind: "any" }]],
    ["ls **", "ls", [{ kind: "rest" }]],
    ["ls * **", "ls", [{ kind: "any" }, { kind: "rest" }]],
    ["  ls   -l  ", "ls", [literal("-l")]],
    [`echo 'a b' "c  d"`, "echo", [literal("a b"), literal("c  d")]],
    [`echo a'b c'"d"e`, "echo", [literal("ab cde")]],
    [`echo '"' "'"`, "echo", [literal('"'), literal("'")]],
    [`echo "" ''`, "echo", [literal(""), literal("")]],
    [`echo '*' "**" 'a*'`, "echo", [literal("*"), literal("**"), literal("a*")]],
    ["echo a\\ b", "echo", [literal("a\\"), literal("b")]],
    ["'/opt/my tool/run' x", "/opt/my tool/run", [literal("x")]],
    ["echo ? [a] {b} $c ~ #", "echo", ["?", "[a]", "{b}", "$c", "~", "#"].map(literal)],
    ["[ -f /x ]", "[", ["-f", "/x", "]"].map(literal)],
  ];
  for (const [text, program, words] of good) {
    await t.step(text, () => {
      deepStrictEqual(parseCommandPattern(text), { text, program, words });
    });
  }
});

Deno.test("parseCommandPattern refuses what could mean something else", async (t) => {
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["empty", "", /empty/],
    ["spaces", "   ", /empty/],
    ["any program", "*", /has no program/],
    ["any program at all", "**", /has no program/],
    ["any program with words", "* restart", /has no program/],
    ["glob in the program", "/usr/bin/*", /whole word/],
    ["glob within the program's name", "system*", /whole word/],
    ["empty program", "'' a", /name is empty/],
    ["relative program", "./run", /neither an absolute path/],
    ["relative folder", "bin/run", /neither an absolute path/],
    ["parent folder", "/usr/../bin/sh", /not a normalised path/],
    ["same folder", "/usr/./bin/sh", /not a normalised path/],
    ["two slashes", "/usr//bin/sh", /not a normalised path/],
    ["two slashes in front", "//bin/sh", /not a normalised path/],
    ["slash behind", "/bin/sh/", /not a normalised path/],
    ["root", "/", /not a normalised path/],
    ["dot", ".", /not a normalised path/],
    ["two dots", "..", /not a normalised path/],
    ["NUL in the program", "a\0b", /NUL/],
    ["glob in a word", "cat /etc/*.conf", /whole word/],
    ["glob beside a quote", "cat 'a'*", /whole word/],
    ["quoted beside a glob", "cat *'a'", /whole word/],
    ["three stars", "ls ***", /whole word/],
    ["rest before the end", "ls ** -l", /must be the last/],
    ["rest twice", "ls ** **", /must be the last/],
    ["open double quote", 'echo "a b', /missing closing quote: "\\"a b"/],
    ["open single quote", "echo 'a", /missing closing quote/],
    ["lonely quote at the end", "echo a'", /missing closing quote/],
    ["too long", "a".repeat(MAX_PATTERN_LENGTH + 1), /longer than 4096/],
  ];
  for (const [name, text, message] of hostile) {
    await t.step(name, () => {
      match(assertEnvelopeError("pattern", () => parseCommandPattern(text)), message);
    });
  }
});

Deno.test("matchesCommand compares word by word", async (t) => {
  const cases: readonly (readonly [boolean, string, readonly string[]])[] = [
    [true, "/bin/true", ["/bin/true"]],
    [false, "/bin/true", ["/bin/true", ""]],
    [false, "/bin/true", ["/bin/false"]],
    [false, "/bin/true", []],
    [false, "/bin/true", [""]],
    [true, "systemctl restart *", ["systemctl", "restart", "nginx"]],
    [true, "systemctl restart *", ["/usr/bin/systemctl", "restart", "nginx"]],
    [true, "/usr/bin/systemctl restart *", ["systemctl", "restart", "nginx"]],
    [false, "systemctl restart *", ["/tmp/systemctl", "restart", "nginx"]],
    [false, "systemctl restart *", ["systemctl", "restart"]],
    [false, "systemctl restart *", ["systemctl", "restart", "nginx", "sshd"]],
    [false, "systemctl restart *", ["systemctl", "stop", "nginx"]],
    [false, "systemctl restart *", ["systemctl", "--now", "restart", "nginx"]],
    [false, "systemctl restart *", ["systemctl", "Restart", "nginx"]],
    [true, "systemctl restart *", ["systemctl", "restart", "*"]],
    [true, "systemctl restart *", ["systemctl", "restart", "a b"]],
    [true, "systemctl restart *", ["systemctl", "restart", "--force"]],
    [true, "systemctl **", ["systemctl"]],
    [true, "systemctl **", ["systemctl", "a", "b", "c"]],
    [true, "systemctl status **", ["systemctl", "status"]],
    [false, "systemctl status **", ["systemctl"]],
    [false, "systemctl * **", ["systemctl"]],
    [true, "systemctl * **", ["systemctl", "a"]],
    [false, "systemctl '*'", ["systemctl", "a"]],
    [true, "systemctl '*'", ["systemctl", "*"]],
    [true, "systemctl ''", ["systemctl", ""]],
    [false, "systemctl ''", ["systemctl"]],
    [false, "unknown", ["unknown"]],
    [false, "unknown", ["/usr/bin/unknown"]],
    [false, "/usr/bin/systemctl", ["unknown"]],
    [false, "systemctl", ["./systemctl"]],
    [false, "systemctl", ["bin/systemctl"]],
    [false, "/bin/sh", ["/bin/../bin/sh"]],
    [false, "/bin/sh", ["//bin/sh"]],
    [false, "/bin/sh", ["/bin/./sh"]],
    [false, "sh", ["sh\0"]],
  ];
  for (const [allowed, pattern, argv] of cases) {
    await t.step(`${pattern} and ${JSON.stringify(argv)}`, () => {
      strictEqual(allows(pattern, ...argv), allowed);
    });
  }
});

Deno.test("matchesCommand resolves nothing but plain names", () => {
  const asked: string[] = [];
  const pattern = parseCommandPattern("sh -c **");
  const spy = (name: string) => {
    asked.push(name);
    return undefined;
  };
  for (const program of ["sh", "/bin/sh", "./sh", "../sh", "", ".", "..", "a/sh"]) {
    strictEqual(matchesCommand({ pattern, argv: [program, "-c"] }, { resolve: spy }), false);
  }
  deepStrictEqual([...new Set(asked)], ["sh"]);
});

Deno.test("checkProgramName finds nothing wrong with clean programs", () => {
  for (const program of ["sh", "/bin/sh", "/a", "...", "/usr/bin/..x", "[", "-x", "a b"]) {
    strictEqual(checkProgramName(program), undefined, program);
  }
});

Deno.test("a quoted argv is a pattern that allows exactly itself", () => {
  const word = fc.string({ unit: fc.constantFrom(...'ab* "$\\-'), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), fc.array(word, { maxLength: 4 }), (a, b) => {
      const quoted = ["/bin/echo", ...a.map((text) => `'${text}'`)].join(" ");
      const equal = JSON.stringify(a) === JSON.stringify(b);
      strictEqual(allows(quoted, "/bin/echo", ...a), true);
      strictEqual(allows(quoted, "/bin/echo", ...b), equal);
    }),
  );
});

Deno.test("parseCommandPattern of any text refuses or reads it", () => {
  const near = fc.string({ unit: fc.constantFrom(..."ab*'\" /.\\\n\t\0"), maxLength: 20 });
  fc.assert(
    fc.property(near, (text) => {
      const pattern = resultOrRefusal(() => parseCommandPattern(text));
      if (!(pattern instanceof EnvelopeError)) {
        strictEqual(checkProgramName(pattern.program), undefined);
        strictEqual(
          pattern.words.findIndex((word) => word.kind === "rest") + 1 || pattern.words.length,
          pattern.words.length,
        );
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parsing and matching the longest pattern takes no time", () => {
  const pattern = "/bin/echo1" + " *".repeat(2_043);
  strictEqual(pattern.length, MAX_PATTERN_LENGTH);
  const argv = ["/bin/echo1", ...new Array(2_043).fill("*".repeat(50))];
  const start = performance.now();
  strictEqual(allows(pattern, ...argv), true);
  strictEqual(allows(`/bin/echo ${"'a'".repeat(1_360)}`, "/bin/echo", "a".repeat(1_360)), true);
  strictEqual(performance.now() - start < 500, true);
});
