/**
 * Compares the output of a command with the output in the documentation, and writes new output in
 * the form of the old.
 *
 * Times, dates, durations, sizes, job ids, key digests and process ids match any other of their
 * kind. `…` in a line matches any text, a line that is only `…` any number of lines. Lines of several
 * hosts (`web1: …`) match in any order where they stand together.
 * @module
 */

/** Values that differ from run to run. The order matters: long forms first. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\bann@[\w.…-]+/g, "ann@HOST"], // the user of the stage, on any machine
  [/SHA256:[\w+/]{43}/g, "SHA256:KEY"],
  [/nanoexec-ed25519 [\w+/]{43}=?/g, "nanoexec-ed25519 KEY"],
  [/\b[0-9a-f]{64}\b/g, "DIGEST"],
  [/\b[0-9a-f]{4}…/g, "…"],
  [/\b[0-9a-f]{32}\b/g, "ID"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b/g, "ID"],
  [/\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?/g, "TIME"],
  [/\b\d\d:\d\d(:\d\d(\.\d+)?)?\b/g, "TIME"],
  [/\b\d+\.\d+ \/ \d+\.\d+ \/ \d+\.\d+ ms/g, "DURATIONS"],
  [/-?\b\d+(\.\d+)? ?(ms|s|m|h|min|seconds?|minutes?)\b/g, "DURATION"],
  [/\b\d+(\.\d+)? ?(B|KB|MB|KiB|MiB|GiB|bytes)\b/g, "SIZE"],
  [/"(t|durationMs)":\d+/g, '"$1":NUMBER'],
  [/\bagent \d+\.\d+\.\d+/g, "agent VERSION"],
  [/\b(process|pid)[ =]\d+/g, "process PID"],
  [/127\.0\.0\.1:\d+/g, "ADDRESS"],
  [/10\.\d+\.\d+\.\d+:\d+/g, "ADDRESS"],
  [/TIME ago|DURATION ago|just now/g, "DURATION ago"],
  [/ {2,}/g, " "],
  [/ +$/g, ""],
];

/** Returns a line without what differs from run to run. */
export function withoutVolatile(line: string): string {
  return VOLATILE.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), line);
}

/** Checks whether a line of the documentation stands for a line of real output. */
export function lineMatches(expected: string, actual: string): boolean {
  const parts = withoutVolatile(expected).split("…").map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join(".*")}$`).test(withoutVolatile(actual));
}

/** Checks whether the output in the documentation stands for real output. */
export function outputMatches(expected: readonly string[], actual: readonly string[]): boolean {
  return matchesFrom(inOrder(expected), inOrder(actual));
}

function matchesFrom(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === "…") {
    return actual.some((_, at) => matchesFrom(rest, actual.slice(at))) || rest.length === 0;
  }
  const [line, ...others] = actual;
  return line !== undefined && lineMatches(first, line) && matchesFrom(rest, others);
}

/** Sorts neighbouring lines that hosts have printed. */
function inOrder(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let run: string[] = [];
  for (const line of [...lines, ""]) {
    if (/^[\w.-]+: /.test(line) && !/^nano(exec|trigger): /.test(line)) run.push(line);
    else {
      sorted.push(...run.toSorted(), line);
      run = [];
    }
  }
  return sorted.slice(0, -1);
}

/** Returns new output; a line that an old line stands for keeps the old form. */
export function refreshedOutput(old: readonly string[], actual: readonly string[]): string[] {
  return actual.map((line) => old.find((each) => each !== "…" && lineMatches(each, line)) ?? line);
}
