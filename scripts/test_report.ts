/**
 * Counts the tests of a run in the JUnit report of `deno test`.
 * @module
 */

/** The results of the tests of one run. Steps are not counted: they are part of their test. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** Ignored tests; those that a filter left out are not counted. */
  readonly skipped: number;
  /** The missing packages of ignored tests: `(needs PACKAGE)` in their titles. */
  readonly missing: readonly string[];
}

interface TestCase {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped" | "left out";
}

/** Parses `junit`, a report of `deno test --junit-path`. An empty text is a run without tests. */
export function readReport(junit: string): TestReport {
  const tests = junit.split("<testsuite ").slice(1).flatMap((suite) => withoutSteps(cases(suite)));
  const skipped = tests.filter(({ outcome }) => outcome === "skipped");
  const needs = skipped.map(({ name }) => /\(needs ([^)]+)\)/.exec(name)?.[1]);
  return {
    passed: tests.filter(({ outcome }) => outcome === "passed").length,
    failed: tests.filter(({ outcome }) => outcome === "failed").length,
    skipped: skipped.length,
    missing: [...new Set(needs.filter((name) => name !== undefined))].sort(),
  };
}

/** Returns the last line of a run: `3 passed, 0 failed`, and `, 1 skipped` if there is one. */
export function closingLine({ passed, failed, skipped }: TestReport): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function cases(suite: string): TestCase[] {
  return suite.split("<testcase ").slice(1).map((text) => {
    const attributes = text.slice(0, text.indexOf(">"));
    const name = unescapeXml(/name="([^"]*)"/.exec(attributes)?.[1] ?? "");
    return { name, outcome: outcomeOf(text, attributes) };
  });
}

function outcomeOf(text: string, attributes: string): TestCase["outcome"] {
  if (/<(failure|error)[ >]/.test(text)) return "failed";
  if (!text.includes("<skipped")) return "passed";
  return attributes.includes(' time="') ? "skipped" : "left out"; // a filter took no time at all
}

/** Leaves out the steps, which are listed as `TEST > STEP > STEP`. */
function withoutSteps(all: readonly TestCase[]): TestCase[] {
  const names = new Set(all.map(({ name }) => name));
  return all.filter(({ name }) => !prefixes(name).some((prefix) => names.has(prefix)));
}

/** Returns `a` and `a > b` for `a > b > c`. */
function prefixes(name: string): string[] {
  const words = name.split(" > ");
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join(" > "));
}

function unescapeXml(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}
