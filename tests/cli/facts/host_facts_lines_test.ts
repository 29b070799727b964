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
  ["role", "there is no value"],
  ["role=", "there is no value"],
  ["=web", "not NAME=VALUE"],
  ["4th=x", "not NAME=VALUE"],
  ["ro le=web", "not NAME=VALUE"],
  ["__proto__=x", "not NAME=VALUE"],
  [`role=${"x".repeat(1_025)}`, "the value is too long"],
  ["role=a\u001b[2Jb", "the value is not plain text"],
  ["role=\ud800", "the value is not plain text"],
];

for (const [line, problem] of ROWS) {
  Deno.test(`parseFactLines leaves out ${JSON.stringify(line).slice(0, 40)}`, () => {
    const { facts, problems } = parseFactLines(`ok=1\n${line}`);
    assert.deepEqual([facts, problems], [{ ok: "1" }, [`line 2: ${problem}`]]);
  });
}
