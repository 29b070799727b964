/**
 * Groups and past jobs in targets: `@rack4`, `@slurm:gpu`, `@rack[1-4]`, `@job:last:failed`,
 * `@job:12:out~"disk full"`.
 *
 * A group is a source and an opaque name; its members are looked up elsewhere. A name with
 * characters that have a meaning in a target is quoted, from any place in it to its end.
 * @module
 */

import { MAX_GROUPS_PER_TERM } from "../parsing/parse_limits.ts";
import { countNames, expandPattern, readPattern } from "../sets/node_pattern.ts";
import { printQuoted, readQuoted, type Scanner, startsQuoted } from "../parsing/scanner.ts";
import type { GroupTarget } from "./target.ts";

const SOURCE = /[A-Za-z0-9_.+%-]+(?=:)/y;
/** No operand begins with `=`, so that `!=` is never the difference of sets. */
const PLAIN_NAME = /(?:[A-Za-z0-9_.+%:=~<>$*?|\\/-]|!=)*/y;
/** Matches an operator without a value behind it. */
const MISSING_VALUE = /[=~<>]$/;

/**
 * Reads a group, or one for each name of its ranges. `@*` is a group named `*` of the default
 * source.
 * @throws {TargetError} if what comes is not a group
 */
export function readGroups(scan: Scanner): GroupTarget[] {
  if (!scan.accept("@")) scan.failUnexpected(`"@"`);
  return readGroupsAfterAt(scan);
}

/**
 * Reads a group after its `@`.
 * @throws {TargetError} if what comes is not a group
 */
export function readGroupsAfterAt(scan: Scanner): GroupTarget[] {
  if (scan.peek() === "@") scan.fail("lists of groups (@@) are not supported", scan.at - 1);
  const source = scan.match(SOURCE) || undefined;
  if (source !== undefined) scan.accept(":");
  const names = readNames(scan);
  if (names.includes("")) scan.failUnexpected("a group name");
  return names.map((name) => ({ kind: "group", source, name }));
}

function readNames(scan: Scanner): string[] {
  const at = scan.at;
  const pattern = readPattern(scan, PLAIN_NAME);
  if (countNames(pattern) > MAX_GROUPS_PER_TERM) {
    scan.fail(`term has more than ${MAX_GROUPS_PER_TERM} groups`, at);
  }
  const names = expandPattern(pattern);
  if (pattern.ranges.length > 0 && pattern.literals.join("").includes("~")) {
    scan.fail("regular expression with brackets must be quoted", at);
  }
  if (startsQuoted(scan)) {
    const rest = readQuoted(scan);
    return names.map((name) => name + rest);
  }
  if (MISSING_VALUE.test(names[0] ?? "")) scan.fail("expected a value; quote special characters");
  return names;
}

/** Writes a group; {@linkcode readGroups} reads it back. */
export function printGroup({ source, name }: GroupTarget): string {
  const prefix = source === undefined ? "@" : `@${source}:`;
  return prefix + (isPlain(source, name) ? name : printQuoted(name));
}

function isPlain(source: string | undefined, name: string): boolean {
  PLAIN_NAME.lastIndex = 0;
  return PLAIN_NAME.exec(name)?.[0] === name && !MISSING_VALUE.test(name) &&
    !(source === undefined && name.includes(":"));
}
