/**
 * Finds the test files of a mutant by file name, so that moved tests are found.
 * @module
 */

import { basename, dirname, join } from "node:path";

/** Slow tests of whole programs, and benchmarks. */
const NOT_FOR_CHECKS = /^tests\/(bench|e2e|faults|interop)\//;

/**
 * Returns the test files of `file`: the one of the same name, if there is one, and those of
 * `names`, in their order. Of several test files of a name the one counts that is nearest to the
 * folder of `file` as `tests` mirrors it. Without any, all tests of that folder count.
 * @throws {Error} if one of `names`, or any test at all, cannot be found
 */
export function testsOf(
  file: string,
  names: readonly string[],
  files: readonly string[],
): readonly string[] {
  const candidates = files.filter((path) =>
    path.endsWith("_test.ts") && !NOT_FOR_CHECKS.test(path)
  );
  const mirror = dirname(file).replace(/^lib/, "tests");
  const own = nearest(basename(file, ".ts"), mirror, candidates);
  const others = names.map((name) => {
    const found = nearest(name, mirror, candidates);
    if (found === undefined) throw new Error(`no test file ${name}_test.ts, or more than one`);
    return found;
  });
  const tests = own === undefined || others.includes(own) ? others : [own, ...others];
  if (tests.length > 0) return tests;
  const all = candidates.filter((path) => dirname(path) === mirror);
  if (all.length === 0) throw new Error(`no tests in ${mirror}`);
  return all;
}

/** Finds the test file `name`, in `folder` or as near to it as there is only one. */
function nearest(name: string, folder: string, files: readonly string[]): string | undefined {
  const found = files.filter((path) => basename(path) === `${name}_test.ts`);
  for (let near = folder; near !== "."; near = dirname(near)) {
    const [only, ...more] = found.filter((path) => path.startsWith(`${near}/`));
    if (only !== undefined) {
      return more.length === 0 ? only : found.find((path) => path === join(folder, basename(path)));
    }
  }
  return undefined;
}
