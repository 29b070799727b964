/**
 * One term of a node set, `rack[1-4]node[01-32]`: text with ranges in it.
 *
 * Unlike in ClusterShell 1.9, digits beside a bracket are joined as text: `n1[1-10]` is the ten
 * names `n11` … `n19`, `n110`. Negative numbers are refused.
 * @module
 */

import { MAX_NODE_NAMES } from "../parsing/parse_limits.ts";
import { checkNodeName, type NodeName } from "./node_name.ts";
import {
  countIndices,
  expandRangeSet,
  hasIndex,
  printRangeSet,
  type RangeSet,
  readRangeSet,
} from "./range_set.ts";
import type { Scanner } from "../parsing/scanner.ts";

/** Text and ranges in turn; there is one literal more than there are ranges. */
export interface NodePattern {
  /** The text before, between and after the ranges; may be empty at either end. */
  readonly literals: readonly string[];
  /** One set of numbers for each dimension, each of two numbers or more. */
  readonly ranges: readonly RangeSet[];
}

const NAME_TEXT = /[A-Za-z0-9_.+%-]*/y;

/** Makes a pattern; a set of one number becomes text. */
export function makePattern(literals: readonly string[], ranges: readonly RangeSet[]): NodePattern {
  const texts = [literals[0] ?? ""];
  const sets: RangeSet[] = [];
  for (const [axis, set] of ranges.entries()) {
    const after = literals[axis + 1] ?? "";
    if (isSingle(set)) {
      texts.push(`${texts.pop() ?? ""}${printRangeSet(set)}${after}`);
    } else {
      sets.push(set);
      texts.push(after);
    }
  }
  return { literals: texts, ranges: sets };
}

function isSingle(set: RangeSet): boolean {
  const [range] = set;
  return set.length === 1 && range?.first === range?.last;
}

/**
 * Reads a pattern of node names.
 * @throws {TargetError} if there is none, its names are not node names, or there are more than a
 * million
 */
export function readNodePattern(scan: Scanner): NodePattern {
  const at = scan.at;
  const pattern = readPattern(scan, NAME_TEXT);
  if (scan.at === at) scan.failUnexpected("a node name");
  requireNodeNames(scan, pattern, at);
  return pattern;
}

/**
 * Checks the names of a pattern that was read at `position`.
 * @throws {TargetError} if they are not node names, or more than a million
 */
export function requireNodeNames(scan: Scanner, pattern: NodePattern, position: number): void {
  const found = checkNodeName(longestName(pattern));
  if (found !== undefined) scan.fail(found.problem, position);
  const count = countNames(pattern);
  if (count > MAX_NODE_NAMES) scan.fail(tooManyNamesMessage(count), position);
}

/** Returns the message for `count` names, which are too many. */
export function tooManyNamesMessage(count: number): string {
  return `node set has ${count} names, limit ${MAX_NODE_NAMES}`;
}

/**
 * Reads text with ranges in it; `literal`, a sticky expression, matches the text.
 * @throws {TargetError} if a range cannot be read
 */
export function readPattern(scan: Scanner, literal: RegExp): NodePattern {
  const literals = [scan.match(literal)];
  const ranges: RangeSet[] = [];
  while (scan.accept("[")) {
    const between = literals.at(-1) ?? "";
    if (ranges.length > 0 && countDigits(between, 0) === between.length) {
      scan.fail("only digits between two ranges", scan.at - 1);
    }
    ranges.push(readRangeSet(scan));
    if (!scan.accept("]")) scan.failUnexpected(`"," or "]"`);
    literals.push(scan.match(literal));
  }
  return makePattern(literals, ranges);
}

/** Writes a pattern; {@linkcode readPattern} reads it back. */
export function printPattern(pattern: NodePattern): string {
  return joinPattern(pattern, (set) => `[${printRangeSet(set)}]`);
}

/** Counts the names of `pattern`; a name that two ranges give counts twice. */
export function countNames(pattern: NodePattern): number {
  return pattern.ranges.reduce((product, set) => product * countIndices(set), 1);
}

/**
 * Lists the names of a pattern; the last number changes fastest. Check {@linkcode countNames}
 * first.
 */
export function expandPattern(pattern: NodePattern): string[] {
  let names = [pattern.literals[0] ?? ""];
  for (const [axis, set] of pattern.ranges.entries()) {
    const after = pattern.literals[axis + 1] ?? "";
    const endings = expandRangeSet(set).map((index) => index + after);
    names = names.flatMap((name) => endings.map((ending) => name + ending));
  }
  return names;
}

/** Lists the names of a pattern that {@linkcode requireNodeNames} has accepted. */
export function expandNames(pattern: NodePattern): NodeName[] {
  return expandPattern(pattern) as NodeName[]; // the longest name was checked, so all are valid
}

/** Returns whether `name` is one of the names of `pattern`, without listing them. */
export function hasName(pattern: NodePattern, name: string): boolean {
  const head = pattern.literals[0] ?? "";
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const [axis, set] of pattern.ranges.entries()) {
    const after = pattern.literals[axis + 1] ?? "";
    // The run of digits at `at` is the number and the digits that `after` begins with.
    const end = at + countDigits(name, at) - countDigits(after, 0);
    if (end <= at || !name.startsWith(after, end) || !hasIndex(set, name.slice(at, end))) {
      return false;
    }
    at = end + after.length;
  }
  return at === name.length;
}

function countDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at - from;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function longestName(pattern: NodePattern): string {
  return joinPattern(pattern, (set) => {
    const widest = set.toSorted((a, b) => indexLength(b) - indexLength(a)).slice(0, 1);
    return printRangeSet(widest.map((range) => ({ ...range, first: range.last })));
  });
}

function indexLength({ last, width }: { readonly last: number; readonly width: number }): number {
  return Math.max(width, String(last).length);
}

function joinPattern(pattern: NodePattern, show: (set: RangeSet) => string): string {
  return pattern.literals.reduce((text, literal, index) => {
    const set = pattern.ranges[index - 1];
    return text + (set === undefined ? "" : show(set)) + literal;
  });
}
