/**
 * Runs the tests and closes with one line counted from the run's own report:
 * `N passed, N failed`, and `, N skipped` where tests were ignored.
 *
 *     deno task test [--require-peers] [OPTION of deno test…] [FILE or FOLDER…]
 *
 * Runs all of `tests` but the benchmarks unless told which part. Fails when a test failed, when
 * none was executed, and with `--require-peers` (or CI=true) when a test was ignored because a
 * program it talks to is missing; without, such tests are ignored (see
 * `tests/support/programs/external_programs.ts`).
 * @module
 */

import { TEST_PERMISSIONS, TEST_PRELOAD } from "./test_permissions.ts";
import { closingLine, readReport, type TestReport } from "./test_report.ts";

/** Runs `deno test` with `args` and returns its report, empty if it wrote none. */
async function runTests(args: readonly string[]): Promise<{ code: number; report: TestReport }> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_test_" });
  try {
    const path = `${folder}/junit.xml`;
    const command = new Deno.Command(Deno.execPath(), {
      args: ["test", ...TEST_PERMISSIONS, TEST_PRELOAD, `--junit-path=${path}`, ...args],
      stdin: "null",
    });
    const { code } = await command.spawn().status;
    return { code, report: readReport(await readIfThere(path)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Returns why a run fails although `deno test` accepts it; `undefined` if it passes. */
function findProblem(report: TestReport, requirePeers: boolean): string | undefined {
  if (report.passed + report.failed === 0) return "no test was executed";
  if (!requirePeers || report.missing.length === 0) return undefined;
  return `tests were ignored, missing programs: ${report.missing.join(", ")}`;
}

async function main(args: readonly string[]): Promise<number> {
  const requirePeers = args.includes("--require-peers") || Deno.env.get("CI") === "true";
  const options = args.filter((arg) => arg !== "--require-peers");
  const parts = options.some((arg) => !arg.startsWith("-"))
    ? []
    : ["--ignore=tests/bench", "tests"];
  const { code, report } = await runTests([...options, ...parts]);
  const problem = findProblem(report, requirePeers);
  if (problem !== undefined) console.error(`error: ${problem}`);
  const success = code === 0 && problem === undefined;
  // A run can fail outside of every test: a type error, an error while a file is loaded.
  const failed = success ? 0 : Math.max(report.failed, 1);
  console.log(closingLine({ ...report, failed }));
  return success ? 0 : code || 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
