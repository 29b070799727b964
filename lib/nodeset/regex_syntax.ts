/**
 * The regular expressions of targets as a tree. Imports its siblings.
 *
 * The subset: literals, `.`, `[a-z]`, `[^a-z]`, `\d \D \w \W \s \S`, `\` before any punctuation, groups
 * `(…)` and `(?:…)`, `|`, `* + ? {m} {m,} {m,n}`, `^` and `$`. What needs backtracking or is easily
 * misread is refused by name: back references, look-around, lazy quantifiers, `\b`.
 * @module
 */

import type { Scanner } from "./scanner.ts";

/** A set of characters. */
export interface CharacterSet {
  /** Whether it is everything but `ranges`. */
  readonly isNegated: boolean;
  /** First and last code point of each run, both included. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

/** A regular expression. */
export type RegexNode =
  /** One character of a set. */
  | { readonly kind: "characters"; readonly set: CharacterSet }
  /** The beginning or the end of the text. */
  | { readonly kind: "start" | "end" }
  /** All items, one after the other; none is the empty text. */
  | { readonly kind: "sequence"; readonly items: readonly RegexNode[] }
  /** One of the items. */
  | { readonly kind: "choice"; readonly items: readonly RegexNode[] }
  /** `item`, `min` to `max` times; `max` may be infinite. */
  | {
    readonly kind: "repeat";
    readonly item: RegexNode;
    readonly min: number;
    readonly max: number;
  };

type Ranges = CharacterSet["ranges"];

const DIGITS: Ranges = [[0x30, 0x39]];
const WORD: Ranges = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const SPACE: Ranges = [[0x09, 0x0d], [0x20, 0x20]];
const LINE_FEED: Ranges = [[0x0a, 0x0a]];

const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", { isNegated: false, ranges: DIGITS }],
  ["D", { isNegated: true, ranges: DIGITS }],
  ["w", { isNegated: false, ranges: WORD }],
  ["W", { isNegated: true, ranges: WORD }],
  ["s", { isNegated: false, ranges: SPACE }],
  ["S", { isNegated: true, ranges: SPACE }],
]);

/**
 * Reads a regular expression up to the end of the text.
 * @throws {TargetError} if it is not of the subset
 */
export function readRegex(scan: Scanner): RegexNode {
  const node = readChoice(scan);
  if (!scan.done) scan.fail(`unmatched ")"`);
  return node;
}

function readChoice(scan: Scanner): RegexNode {
  const items = [readSequence(scan)];
  while (scan.accept("|")) items.push(readSequence(scan));
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: "choice", items };
}

function readSequence(scan: Scanner): RegexNode {
  const items: RegexNode[] = [];
  while (!scan.done && !["|", ")"].includes(scan.peek())) items.push(readPiece(scan));
  return { kind: "sequence", items };
}

function readPiece(scan: Scanner): RegexNode {
  const item = readAtom(scan);
  const at = scan.at;
  const quantifier = scan.match(/[*+?]|\{[0-9]+(?:,[0-9]*)?\}/y);
  if (quantifier === "") return item;
  if (item.kind === "start" || item.kind === "end") scan.fail("nothing to repeat", at);
  if (["*", "+", "?", "{"].includes(scan.peek())) {
    scan.fail("a quantifier cannot follow a quantifier");
  }
  const { min, max } = bounds(quantifier);
  if (min > max) scan.fail(`"${quantifier}" ends before it begins`, at);
  return { kind: "repeat", item, min, max };
}

function bounds(quantifier: string): { readonly min: number; readonly max: number } {
  if (quantifier === "*") return { min: 0, max: Infinity };
  if (quantifier === "+") return { min: 1, max: Infinity };
  if (quantifier === "?") return { min: 0, max: 1 };
  const [min = "", max = min] = quantifier.slice(1, -1).split(",");
  return { min: Number(min), max: max === "" ? Infinity : Number(max) };
}

function readAtom(scan: Scanner): RegexNode {
  const at = scan.at;
  const character = scan.next();
  switch (character) {
    case "^":
      return { kind: "start" };
    case "$":
      return { kind: "end" };
    case ".":
      return { kind: "characters", set: { isNegated: true, ranges: LINE_FEED } };
    case "(":
      return readGroup(scan, at);
    case "[":
      return { kind: "characters", set: readSet(scan, at) };
    case "\\":
      return { kind: "characters", set: readEscape(scan) };
    case "*":
    case "+":
    case "?":
      return scan.fail("nothing to repeat", at);
    case "{":
      return scan.fail(`a literal "{" is written "\\{"`, at);
    default:
      return { kind: "characters", set: just(character) };
  }
}

function readGroup(scan: Scanner, at: number): RegexNode {
  if (scan.peek() === "?" && !scan.accept("?:")) {
    scan.fail("look-around, named groups and flags are not supported", at);
  }
  const node = readChoice(scan);
  if (!scan.accept(")")) scan.fail(`unmatched "("`, at);
  return node;
}

/** Reads what follows a backslash. */
function readEscape(scan: Scanner): CharacterSet {
  const at = scan.at - 1;
  if (scan.done) scan.fail("backslash at the end", at);
  const character = scan.next();
  const found = CLASSES.get(character);
  if (found !== undefined) return found;
  if (/[1-9]/.test(character)) scan.fail("back references are not supported", at);
  if (/[A-Za-z0-9]/.test(character)) scan.fail(`"\\${character}" is not supported`, at);
  return just(character);
}

/** Reads what follows `[`. */
function readSet(scan: Scanner, at: number): CharacterSet {
  const isNegated = scan.accept("^");
  const ranges: Ranges[number][] = [];
  do {
    if (scan.done) scan.fail(`unmatched "["`, at);
    ranges.push(...readMembers(scan));
  } while (!scan.accept("]"));
  return { isNegated, ranges };
}

function readMembers(scan: Scanner): Ranges {
  const at = scan.at;
  const low = readMember(scan);
  if (scan.match(/-(?!\])/y) === "") return low;
  const high = readMember(scan);
  const [first, last] = [onlyCharacter(low), onlyCharacter(high)];
  if (first === undefined || last === undefined || first > last) {
    return scan.fail("not a range of characters", at);
  }
  return [[first, last]];
}

function readMember(scan: Scanner): Ranges {
  const at = scan.at;
  if (scan.peek() === "]") scan.fail(`a literal "]" is written "\\]"`);
  if (!scan.accept("\\")) return just(scan.next()).ranges;
  const { isNegated, ranges } = readEscape(scan);
  if (isNegated) scan.fail("a negated class cannot stand between brackets", at);
  return ranges;
}

function onlyCharacter([range, ...rest]: Ranges): number | undefined {
  return rest.length === 0 && range?.[0] === range?.[1] ? range?.[0] : undefined;
}

function just(character: string): CharacterSet {
  const code = character.codePointAt(0) ?? 0;
  return { isNegated: false, ranges: [[code, code]] };
}
