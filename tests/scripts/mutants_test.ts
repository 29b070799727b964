import { deepEqual, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ALL_MUTANTS } from "../../scripts/mutate/all_mutants.ts";
import { markersOf } from "../../scripts/mutate/marker.ts";
import {
  becomes,
  type CheckGroup,
  edited,
  type Mutant,
  never,
  removed,
  rewritten,
  swapped,
  withoutOperand,
  withoutSpan,
} from "../../scripts/mutate/mutant.ts";
import { applyAll, applyTo } from "../../scripts/mutate/mutation.ts";
import {
  argument,
  call,
  condition,
  operand,
  property,
  returned,
  thenStatement,
  valueOf,
  whole,
} from "../../scripts/mutate/selector.ts";
import { testsOf } from "../../scripts/mutate/test_files.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("every mutant applies to one marker, and every marker has a mutant", {
  permissions: { read: [ROOT] },
}, async () => {
  const { mutations, problems } = await applyAll(fileURLToPath(ROOT), ALL_MUTANTS);
  deepEqual(problems, []);
  const count = ALL_MUTANTS.flatMap(({ checks }) => Object.values(checks).flat()).length;
  deepEqual(mutations.length, count);
});

/** The texts of the nodes that are marked in a source text. */
function marked(source: string): readonly string[] {
  return markersOf("a.ts", source).map(({ node }) => node.getText());
}

Deno.test("a marker marks the first node that starts on its line", () => {
  deepEqual(marked("if (a) { // check: x\n  b();\n}"), ["if (a) { // check: x\n  b();\n}"]);
  deepEqual(marked("f({\n  a: 1, // check: x\n});"), ["a: 1"]);
  deepEqual(marked("if (a) {\n  b();\n} else if (c) d(); // check: x"), ["if (c) d();"]);
  deepEqual(marked("switch (a) {\n  case 1: // check: x\n    b();\n}").length, 1);
});

Deno.test("a marker above a line marks that line", () => {
  deepEqual(marked("{\n  // check: x\n  // why\n  a();\n  b();\n}"), ["a();"]);
  deepEqual(marked("// check: x\n/** Is one. */\nconst a = 1;"), ["const a = 1;"]);
  throws(() => marked("a();\n// check: x\n"), /nothing follows/);
});

/** Changes the only marked node of a source text. */
function change(source: string, mutant: Mutant): string {
  const [place] = markersOf("a.ts", source);
  if (!place) throw new Error("no marker");
  return edited(source, mutant.edit(place.node)).replace(/^\/\/ check: x\n/, "");
}

const CHANGES: readonly (readonly [string, Mutant, string])[] = [
  ["a();", removed("m"), ""],
  ["if (a) b(); else c();", removed("m", thenStatement), "if (a) ; else c();"],
  ["f({ a: 1, b: 2 });", removed("m", property("a")), "f({  b: 2 });"],
  ["if (a || b) c();", never("m"), "if (false) c();"],
  ["if (a || b || c) d();", withoutOperand("m", 1), "if (b || c) d();"],
  ["if (a || b || c) d();", withoutOperand("m", 2), "if (a || c) d();"],
  ["if (a || b && c) d();", withoutOperand("m", 1, operand(2)), "if (a || c) d();"],
  ["return a ?? b;", withoutOperand("m", 2), "return a;"],
  ["t = `${a} ${b} c`;", withoutSpan("m", 1), "t = `${b} c`;"],
  ["a();\nb();", swapped("m"), "b();\na();"],
  ["if (a !== b.c) d();", becomes("m", condition, "!$1.is($2, $2.1)"), "if (!a.is(b.c, b)) d();"],
  ["return f(a, g(b));", becomes("m", call(2), "$2"), "return f(a, b);"],
  ["return f(a, b);", becomes("m", argument(2), "$0 + 1"), "return f(a, b + 1);"],
  ["return f(a);", becomes("m", returned, "true || $0"), "return true || f(a);"],
  ["f({ a: 1, b: { c: 2 } });", becomes("m", valueOf("c"), "3"), "f({ a: 1, b: { c: 3 } });"],
  ["try { a(); } catch { b(); }", becomes("m", whole, "$1"), "{ a(); }"],
  ["const a = /^b$/;", rewritten("m", /(\w)\$\//, "$1/"), "const a = /^b/;"],
];

Deno.test("mutants change the syntax of the marked node", () => {
  for (const [before, mutant, after] of CHANGES) {
    deepEqual(change(`// check: x\n${before}`, mutant), after);
  }
});

Deno.test("mutants refuse a node of another syntax", () => {
  for (
    const mutant of [
      never("m"),
      withoutOperand("m", 1),
      withoutSpan("m", 1),
      swapped("m"),
      becomes("m", condition, "false"),
      becomes("m", argument(2), "false"),
      becomes("m", whole, "$1.7"),
      rewritten("m", /b/, ""),
      removed("m", argument(1)),
    ]
  ) {
    throws(() => change("// check: x\na(1);", mutant));
  }
});

/** What is wrong with mutants of the marker `x` in a source text. */
function problemsOf(source: string, ...groups: readonly CheckGroup[]): readonly string[] {
  return applyTo(groups, markersOf("lib/a.ts", source), ["tests/a_test.ts"]).problems;
}

function group(name: string, ...mutants: readonly Mutant[]): CheckGroup {
  return { name, tests: [], checks: { x: mutants } };
}

Deno.test("markers and mutants that do not fit are told", () => {
  const source = "if (a) b(); // check: x\n";
  deepEqual(problemsOf(source, group("g", never("m"))), []);
  deepEqual(problemsOf("", group("g", never("m"))), ["x: no such marker"]);
  deepEqual(problemsOf(source), ["x: marker without a mutant"]);
  deepEqual(problemsOf(source + source, group("g", never("m"))), ["x: more than one such marker"]);
  deepEqual(problemsOf(source, group("g", never("m"), never("m"))), [
    "x: m: more than one such mutant",
  ]);
  deepEqual(problemsOf(source, group("g", never("m")), group("h", never("n"))), [
    "x: in more than one group",
  ]);
  deepEqual(problemsOf(source, group("g", becomes("m", whole, "if ("))), [
    "g: x: m: the file does not parse without the check",
  ]);
  deepEqual(problemsOf(source, group("g", becomes("m", whole, "c($1);"))), [
    "g: x: m: lib/a.ts has no c",
  ]);
  deepEqual(problemsOf(source, group("g", becomes("m", whole, "$0"))), [
    "g: x: m: changes nothing",
  ]);
});

Deno.test("tests are found by name, near the mirror of the file", () => {
  const files = [
    "tests/agent/gate/gate_test.ts",
    "tests/agent/gate/scene.ts",
    "tests/agent/survive_test.ts",
    "tests/e2e/policy_test.ts",
    "tests/e2e/survive_test.ts",
    "tests/hub/gate_test.ts",
    "tests/hub/one/hub_test.ts",
    "tests/hub/two/hub_test.ts",
  ];
  const find = (file: string, ...names: readonly string[]) => testsOf(file, names, files);
  deepEqual(find("lib/agent/gate.ts", "survive"), [
    "tests/agent/gate/gate_test.ts",
    "tests/agent/survive_test.ts",
  ]);
  deepEqual(find("lib/agent/gate.ts", "survive", "gate"), [
    "tests/agent/survive_test.ts",
    "tests/agent/gate/gate_test.ts",
  ]);
  deepEqual(find("lib/agent/moved/here/gate.ts"), ["tests/agent/gate/gate_test.ts"]);
  deepEqual(find("lib/hub/two/hub.ts"), ["tests/hub/two/hub_test.ts"]);
  deepEqual(find("lib/agent/turn.ts"), ["tests/agent/survive_test.ts"]);
  deepEqual(find("lib/base/clock.ts", "survive"), ["tests/agent/survive_test.ts"]);
  throws(() => find("lib/hub/hub.ts", "hub"), /hub_test/);
  throws(() => find("lib/agent/gate.ts", "policy"), /policy_test/);
  throws(() => find("lib/cli/colors.ts"), /no tests in tests\/cli/);
});
