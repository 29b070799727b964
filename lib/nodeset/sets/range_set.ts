/**
 * Number ranges between brackets: `01-20/2,25`.
 *
 * An index is a string of digits, since `1`, `01` and `001` are different names. The rules are
 * ClusterShell's: `[08-10]` is padded to the width of its bounds, which must then have the same
 * length; `[8-10]` is not padded and does not contain `08`.
 * @module
 */

import { MAX_INDEX_DIGITS } from "../parsing/parse_limits.ts";
import { compareIndices } from "./node_name.ts";
import { Scanner } from "../parsing/scanner.ts";

/** The numbers `first`, `first + step`, … up to `last`, which is one of them. */
export interface Range {
  /** The smallest number, 0 or more. */
  readonly first: number;
  /** The greatest number. */
  readonly last: number;
  /** The distance of neighbours; 1 for a single number. */
  readonly step: number;
  /** The digits that every number is padded to with zeros; 0 = not padded. */
  readonly width: number;
}

/** Ranges in the order in which they were written; never empty. They may overlap. */
export type RangeSet = readonly Range[];

/**
 * Reads `1-3,07-09/2`. Spaces around numbers are skipped.
 * @throws {TargetError} if no range set comes next
 */
export function readRangeSet(scan: Scanner): RangeSet {
  const ranges: Range[] = [];
  do {
    scan.skipSpaces();
    ranges.push(readRange(scan));
    scan.skipSpaces();
  } while (scan.accept(","));
  return ranges;
}

/**
 * Reads a text that is a range set as a whole.
 * @throws {TargetError} if it is not
 */
export function parseRangeSet(text: string): RangeSet {
  const scan = new Scanner(text);
  const set = readRangeSet(scan);
  if (!scan.done) scan.failUnexpected(`","`);
  return set;
}

function readRange(scan: Scanner): Range {
  const at = scan.at;
  const first = readDigits(scan);
  scan.skipSpaces();
  const isSpan = scan.accept("-");
  scan.skipSpaces();
  const last = isSpan ? readDigits(scan) : first;
  const width = isPadded(first) || isPadded(last) ? first.length : 0;
  if (width > 0 && first.length !== last.length) {
    scan.fail(`"${first}" and "${last}" must be padded to the same length`, at);
  }
  if (Number(first) > Number(last)) scan.fail("range ends before its start", at);
  return rangeOf(Number(first), Number(last), { step: readStep(scan, isSpan), width });
}

function readDigits(scan: Scanner): string {
  const at = scan.at;
  const digits = scan.match(/[0-9]+/y);
  if (digits === "") scan.failUnexpected("a number");
  if (digits.length > MAX_INDEX_DIGITS) {
    scan.fail(`number has more than ${MAX_INDEX_DIGITS} digits`, at);
  }
  return digits;
}

function readStep(scan: Scanner, isSpan: boolean): number {
  scan.skipSpaces();
  const at = scan.at;
  if (!scan.accept("/")) return 1;
  if (!isSpan) scan.fail(`step without a range: expected "1-9/2"`, at);
  scan.skipSpaces();
  const step = Number(readDigits(scan));
  if (step === 0) scan.fail("step must be 1 or more", at + 1);
  return step;
}

function rangeOf(
  first: number,
  bound: number,
  { step, width }: Pick<Range, "step" | "width">,
): Range {
  const last = first + Math.floor((bound - first) / step) * step;
  return { first, last, step: first === last ? 1 : step, width };
}

function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith("0");
}

/** Writes a range set without brackets; {@linkcode readRangeSet} reads it back. */
export function printRangeSet(set: RangeSet): string {
  return set.map(printRange).join(",");
}

function printRange(range: Range): string {
  const first = pad(range.first, range.width);
  if (range.first === range.last) return first;
  const span = `${first}-${pad(range.last, range.width)}`;
  return range.step === 1 ? span : `${span}/${range.step}`;
}

function pad(index: number, width: number): string {
  return String(index).padStart(width, "0");
}

/** Counts the indices of `set`; an index in several ranges counts several times. */
export function countIndices(set: RangeSet): number {
  return set.reduce((sum, { first, last, step }) => sum + (last - first) / step + 1, 0);
}

/** Lists the indices of `set` in the order of its ranges. Check {@linkcode countIndices} first. */
export function expandRangeSet(set: RangeSet): string[] {
  const indices: string[] = [];
  for (const { first, last, step, width } of set) {
    for (let index = first; index <= last; index += step) indices.push(pad(index, width));
  }
  return indices;
}

/** Returns whether `index`, a string of digits with its padding, is in `set`. */
export function hasIndex(set: RangeSet, index: string): boolean {
  if (index.length > MAX_INDEX_DIGITS) return false;
  const value = Number(index);
  return set.some(({ first, last, step, width }) =>
    (width === 0 ? !isPadded(index) : index.length === width) &&
    value >= first && value <= last && (value - first) % step === 0
  );
}

/**
 * Folds indices, each given once, into as few ranges without steps as possible: `3,1,2` is `1-3`.
 * Unpadded numbers come first, then by length, as in ClusterShell.
 */
export function foldIndices(indices: readonly string[]): RangeSet {
  const ranges: (Range & { last: number })[] = [];
  for (const index of indices.toSorted(compareIndices)) {
    const value = Number(index);
    const open = ranges.at(-1);
    if (open !== undefined && continues(open, index)) open.last = value;
    else ranges.push({ first: value, last: value, step: 1, width: paddedWidth(index) });
  }
  return ranges;
}

function paddedWidth(index: string): number {
  return isPadded(index) ? index.length : 0;
}

function continues(range: Range, index: string): boolean {
  const isAlike = range.width === 0 ? !isPadded(index) : index.length === range.width;
  return isAlike && Number(index) === range.last + 1;
}
