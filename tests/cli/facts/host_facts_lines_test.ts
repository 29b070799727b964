import assert from "node:assert/strict";
import { parseFactLines } from "../../../lib/cli/facts/host_facts.ts";

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
