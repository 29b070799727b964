import assert from "node:assert/strict";
import { MAX_FACTS_BYTES } from "../../../lib/envelope/statements/session_statements.ts";
import { firstFacts, parseFactLines } from "../../../lib/cli/facts/host_facts.ts";

Deno.test("parseFactLines reads names and values, and the last one of a name", () => {
  const text = "# labels\nrole=web\n\n rack = r4 \nurl=http://a/?b=c\nrole=db\n";
  assert.deepEqual(parseFactLines(text), {
    facts: { role: "db", rack: "r4", url: "http://a/?b=c" },
    problems: [],
  });
});

const ROWS: readonly (readonly [string, string])[] = [
  ["role", "no value"],
  ["role=", "no value"],
  ["=web", "expected NAME=VALUE"],
  ["4th=x", "expected NAME=VALUE"],
  ["ro le=web", "expected NAME=VALUE"],
  ["__proto__=x", "expected NAME=VALUE"],
  [`role=${"x".repeat(1_025)}`, "value is longer than 1024 bytes"],
  ["role=a\u001b[2Jb", "value is not plain text"],
  ["role=\ud800", "value is not plain text"],
];

for (const [line, problem] of ROWS) {
  Deno.test(`parseFactLines leaves out ${JSON.stringify(line).slice(0, 40)}`, () => {
    const { facts, problems } = parseFactLines(`ok=1\n${line}`);
    assert.deepEqual([facts, problems], [{ ok: "1" }, [`line 2: ${problem}`]]);
  });
}

Deno.test("firstFacts() leaves out what is too much for one host", () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, "x"]));
  assert.equal(Object.keys(firstFacts(many)).length, 256);
  const long = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`f${at}`, "é".repeat(500)]),
  );
  const facts = firstFacts(long);
  assert.equal(Object.keys(facts).length, 16);
  assert.ok(new TextEncoder().encode(JSON.stringify(facts)).length <= MAX_FACTS_BYTES);
  assert.deepEqual(firstFacts({ os: "linux" }), { os: "linux" });
});
