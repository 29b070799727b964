/**
 * The terms of targets: node sets, globs, `/regex/`, groups, facts, `ALL`. Imports its siblings.
 * @module
 */

import { readFactCondition } from "./fact_condition.ts";
import { readGroups } from "./group_term.ts";
import { checkRegex } from "./linear_regex.ts";
import { checkNames, type NodePattern, readPattern } from "./node_pattern.ts";
import type { Scanner } from "./scanner.ts";
import { compose, EVERYBODY, type GroupTarget, type Target } from "./target_ast.ts";

/**
 * How a target is written: `set` is clustershell's `-w` language; `boolean` adds `and`, `or`, `xor`,
 * `not`, parentheses and facts to it.
 */
export type TargetSyntax = "set" | "boolean";

const WORD_TEXT = /[A-Za-z0-9_.+%*?-]*/y;

/**
 * Reads one term.
 * @throws {TargetError} if none comes next
 */
export function readTerm(scan: Scanner, syntax: TargetSyntax): Target {
  switch (scan.peek()) {
    case "@":
      return groupTerm(scan);
    case "/":
      return regexTerm(scan);
    default:
      return factTerm(scan, syntax) ?? nodesTerm(scan);
  }
}

function groupTerm(scan: Scanner): Target {
  return joinGroups(readGroups(scan));
}

/** Makes one term of what a group stands for; `@*` of the default source is everybody. */
export function joinGroups([first, ...rest]: readonly GroupTarget[]): Target {
  if (first === undefined || (first.source === undefined && first.name === "*")) return EVERYBODY;
  return compose("or", [first, ...rest]);
}

function regexTerm(scan: Scanner): Target {
  const at = scan.at;
  scan.accept("/");
  const raw = scan.match(/(?:\\.|[^\\/])*/y);
  if (!scan.accept("/")) scan.fail("regular expression has no end", at);
  const source = raw.replace(/\\(.)/gu, (pair, escaped) => escaped === "/" ? "/" : pair);
  checkRegex(scan, source, at + 1);
  return { kind: "regex", source };
}

/** Writes a regular expression between slashes. */
export function printRegex(source: string): string {
  return `/${source.replace(/\\.|\//gu, (found) => found === "/" ? "\\/" : found)}/`;
}

function factTerm(scan: Scanner, syntax: TargetSyntax): Target | undefined {
  const at = scan.at;
  const condition = readFactCondition(scan);
  if (condition === undefined) return undefined;
  if (syntax === "set") scan.fail("a fact cannot stand in a node set", at);
  return { kind: "fact", condition };
}

function nodesTerm(scan: Scanner): Target {
  const at = scan.at;
  const pattern = readPattern(scan, WORD_TEXT);
  if (scan.at === at) scan.failUnexpected("a node name, a group or another term");
  if (isWord(pattern, "ALL")) return EVERYBODY;
  if (/[*?]/.test(pattern.literals.join(""))) {
    if (pattern.ranges.length > 0) scan.fail("a glob cannot hold a range", at);
    return { kind: "glob", glob: pattern.literals.join("") };
  }
  checkNames(scan, pattern, at);
  return { kind: "nodes", patterns: [pattern] };
}

function isWord({ literals, ranges }: NodePattern, word: string): boolean {
  return ranges.length === 0 && literals[0] === word;
}
