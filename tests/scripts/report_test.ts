/**
 * The test runner and how it counts.
 * @module
 */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { closingLine, readReport } from "../../scripts/test_report.ts";

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="10" failures="3" errors="0" time="0.410">
    <testsuite name="./t/a_test.ts" tests="8" disabled="3" errors="0" failures="2">
        <testcase name="speaks to &lt;nanocat&gt; (needs nanomsg-utils)" time="0.000" line="1" col="6">
            <skipped/>
        </testcase>
        <testcase name="passes" classname="./t/a_test.ts" time="0.029" line="2" col="6">
        </testcase>
        <testcase name="left out by a filter" classname="./t/a_test.ts" line="3" col="6">
            <skipped/>
        </testcase>
        <testcase name="has steps" classname="./t/a_test.ts" time="0.011" line="4" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="0 &gt; 1 is false" classname="./t/a_test.ts" time="0.011" line="5" col="6">
        </testcase>
        <testcase name="has steps &gt; one" classname="./t/a_test.ts" time="0.000" line="4" col="41">
        </testcase>
        <testcase name="has steps &gt; two" classname="./t/a_test.ts" time="0.001" line="4" col="116">
            <failure message="Uncaught Error: x &lt;skipped">Error: x</failure>
        </testcase>
        <testcase name="has steps &gt; one &gt; deep" classname="./t/a_test.ts" time="0.000">
        </testcase>
    </testsuite>
    <testsuite name="./t/b_test.ts" tests="2" disabled="1" errors="0" failures="0">
        <testcase name="passes" classname="./t/b_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="is off" classname="./t/b_test.ts" time="0.000" line="2" col="6">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test({
  name: "readReport counts tests, not their steps, and names missing packages",
  fn() {
    const expected = { passed: 3, failed: 1, skipped: 2, missing: ["nanomsg-utils"] };
    deepStrictEqual(readReport(JUNIT), expected);
    deepStrictEqual(readReport(""), { passed: 0, failed: 0, skipped: 0, missing: [] });
  },
});

Deno.test({
  name: "closingLine mentions skipped tests only where there are some",
  fn() {
    const report = { passed: 3, failed: 0, skipped: 0, missing: [] };
    strictEqual(closingLine(report), "3 passed, 0 failed");
    strictEqual(closingLine({ ...report, skipped: 2 }), "3 passed, 0 failed, 2 skipped");
  },
});

/** One run of the test runner over one file. */
interface Run {
  readonly what: string;
  readonly source: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly closing: string;
  readonly complaint?: RegExp;
}

const IGNORED = `Deno.test({ name: "a (needs nanomsg-utils)", ignore: true, fn() {} });
  Deno.test("b", () => {});`;

const RUNS: readonly Run[] = [
  {
    what: "a pass",
    source: 'Deno.test("a", () => {});',
    code: 0,
    closing: "1 passed, 0 failed",
  },
  {
    what: "a failure",
    source: 'Deno.test("a", () => { throw new Error("x"); }); Deno.test("b", () => {});',
    code: 1,
    closing: "1 passed, 1 failed",
  },
  {
    what: "a type error",
    source: 'const x: number = ""; Deno.test("a", () => { console.log(x); });',
    args: [],
    code: 1,
    closing: "0 passed, 1 failed",
    complaint: /TS2322/,
  },
  {
    what: "an error while the file is loaded",
    source: 'Deno.test("a", () => {}); throw new Error("x");',
    code: 1,
    closing: "0 passed, 1 failed",
  },
  {
    what: "a file without tests",
    source: "export {};",
    code: 1,
    closing: "0 passed, 1 failed",
    complaint: /^error: no test was executed$/m,
  },
  {
    what: "only ignored tests",
    source: 'Deno.test({ name: "a", ignore: true, fn() {} });',
    code: 1,
    closing: "0 passed, 1 failed, 1 skipped",
    complaint: /^error: no test was executed$/m,
  },
  {
    what: "a missing peer",
    source: IGNORED,
    code: 0,
    closing: "1 passed, 0 failed, 1 skipped",
  },
  {
    what: "a missing peer with --require-peers",
    source: IGNORED,
    args: ["--no-check", "--require-peers"],
    code: 1,
    closing: "1 passed, 1 failed, 1 skipped",
    complaint: /^error: tests were ignored, missing programs: nanomsg-utils$/m,
  },
  {
    what: "a missing peer with CI=true",
    source: IGNORED,
    env: { CI: "true" },
    code: 1,
    closing: "1 passed, 1 failed, 1 skipped",
    complaint: /nanomsg-utils/,
  },
];

for (const { what, source, args = ["--no-check"], env = {}, code, closing, complaint } of RUNS) {
  Deno.test({
    name: `the test runner tells the truth about ${what}`,
    permissions: { read: true, write: true, run: true },
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/a_test.ts`, source);
        const { stdout, stderr, ...run } = await runTestScript(folder, ["a_test.ts", ...args], env);
        strictEqual(stdout.trimEnd().split("\n").at(-1), closing, stdout + stderr);
        strictEqual(run.code, code);
        match(stderr, complaint ?? /^/);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function runTestScript(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = fileURLToPath(new URL("../../scripts/test.ts", import.meta.url));
  const flags = ["--allow-read", "--allow-write", "--allow-run", "--allow-env=CI"];
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", ...flags, script, ...args],
    cwd,
    env: { CI: "", NO_COLOR: "1", ...env },
  }).output();
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}
