/**
 * Groups and past results in targets: `@rack4`, `@slurm:gpu`, `@rack[1-4]`, `@job:last:failed`,
 * `@job:12:out~"disk full"`. Imports its siblings.
 *
 * What a group stands for is looked up elsewhere; here it is a source and an opaque name. A name with
 * characters that mean something in a target is quoted, from anywhere in it up to its end.
 * @module
 */

import { MAX_GROUPS_PER_TERM } from "./limits.ts";
import { countNames, expandPattern, readPattern } from "./node_pattern.ts";
import { printQuoted, readQuoted, startsQuoted } from "./quoted_text.ts";
import type { Scanner } from "./scanner.ts";
import type { GroupTarget } from "./target_ast.ts";

const SOURCE = /[A-Za-z0-9_.+%-]+(?=:)/y;
/** No operand begins with `=`, so that `!=` is never the difference of sets. */
const PLAIN_NAME = /(?:[A-Za-z0-9_.+%:=~<>$*?|\\/-]|!=)*/y;
/** What a value must follow. */
const OPEN_END = /[=~<>]$/;

/**
 * Reads a group, or as many as its ranges make. `@*` is a group named `*` of the default source.
 * @throws {TargetError} if what comes is not a group
 */
export function readGroups(scan: Scanner): GroupTarget[] {
  if (!scan.accept("@")) scan.failUnexpected(`"@"`);
  return readBareGroups(scan);
}

/**
 * Reads a group after its `@`.
 * @throws {TargetError} if what comes is not a group
 */
export function readBareGroups(scan: Scanner): GroupTarget[] {
  if (scan.peek() === "@") scan.fail("lists of groups (@@) are not supported", scan.at - 1);
  const source = scan.match(SOURCE) || undefined;
  if (source !== undefined) scan.accept(":");
  const names = readNames(scan);
  if (names.includes("")) scan.failUnexpected("the name of a group");
  return names.map((name) => ({ kind: "group", source, name }));
}

function readNames(scan: Scanner): string[] {
  const at = scan.at;
  const pattern = readPattern(scan, PLAIN_NAME);
  if (countNames(pattern) > MAX_GROUPS_PER_TERM) {
    scan.fail(`term stands for more than ${MAX_GROUPS_PER_TERM} groups`, at);
  }
  const names = expandPattern(pattern);
  if (pattern.ranges.length > 0 && pattern.literals.join("").includes("~")) {
    scan.fail("a regular expression with brackets must be quoted", at);
  }
  if (startsQuoted(scan)) {
    const rest = readQuoted(scan);
    return names.map((name) => name + rest);
  }
  if (OPEN_END.test(names[0] ?? "")) scan.fail("expected a value; quote special characters");
  return names;
}

/** Writes a group; {@linkcode readGroups} reads it back. */
export function printGroup({ source, name }: GroupTarget): string {
  const prefix = source === undefined ? "@" : `@${source}:`;
  return prefix + (isPlain(source, name) ? name : printQuoted(name));
}

function isPlain(source: string | undefined, name: string): boolean {
  PLAIN_NAME.lastIndex = 0;
  return PLAIN_NAME.exec(name)?.[0] === name && !OPEN_END.test(name) &&
    !(source === undefined && name.includes(":"));
}
