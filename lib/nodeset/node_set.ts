/**
 * Sets of node names: read `web[01-20/2],db[1-3]`, and write names as such a text. Imports its
 * siblings.
 *
 * A set of names is a plain `Set` of strings, with the algebra that the language has; names are
 * folded only to be printed. Operators (`!`, `&`, `^`), groups and globs belong to targets
 * (`target.ts`).
 * @module
 */

import { TargetError } from "./errors.ts";
import { foldPatterns } from "./fold.ts";
import { MAX_NAMES } from "./limits.ts";
import { sortNodes } from "./name_shape.ts";
import type { NodeName } from "./node_name.ts";
import {
  countNames,
  expandNames,
  expandPattern,
  type NodePattern,
  patternOf,
  printPattern,
  readNodePattern,
  tooMany,
} from "./node_pattern.ts";
import type { RangeSet } from "./range_set.ts";
import { Scanner } from "./scanner.ts";

/**
 * Reads the names of a node set such as `web[01-20/2],db[1-3]`; spaces around commas are skipped.
 * @throws {TargetError} if `text` is no node set, or stands for more than a million names
 */
export function parseNodeSet(text: string): Set<NodeName> {
  const scan = new Scanner(text);
  const patterns: NodePattern[] = [];
  do {
    scan.skipSpaces();
    patterns.push(readNodePattern(scan));
    scan.skipSpaces();
  } while (scan.accept(","));
  if (!scan.done) scan.failUnexpected(`","`);
  return expandPatterns(patterns);
}

/**
 * Lists the names of `patterns`.
 * @throws {TargetError} if there are more than a million; nothing has been listed then
 */
export function expandPatterns(patterns: readonly NodePattern[]): Set<NodeName> {
  const count = patterns.reduce((sum, pattern) => sum + countNames(pattern), 0);
  if (count > MAX_NAMES) {
    throw new TargetError(tooMany(count), { input: printPatterns(patterns), position: 0 });
  }
  const names = new Set<NodeName>();
  for (const pattern of patterns) {
    for (const name of expandNames(pattern)) names.add(name);
  }
  return names;
}

/** Writes patterns with commas between them. */
export function printPatterns(patterns: readonly NodePattern[]): string {
  return patterns.map(printPattern).join(",");
}

/** Writes names, in any order, as a folded node set; the empty text for no names. */
export function foldNodes(names: Iterable<string>): string {
  return printPatterns(foldPatterns(names));
}

/**
 * Cuts names, in their natural order, into at most `parts` lists whose lengths differ by at most one,
 * the longer ones first. Fewer names than parts make fewer lists, no names none.
 * @throws {RangeError} if `parts` is not a whole number of at least 1
 */
export function splitNodes<Name extends string>(names: Iterable<Name>, parts: number): Name[][] {
  if (!Number.isInteger(parts) || parts < 1) {
    throw new RangeError(`cannot split into ${parts} parts`);
  }
  const sorted = sortNodes(names);
  const count = Math.min(parts, sorted.length);
  const bound = (part: number) =>
    part * Math.floor(sorted.length / count) + Math.min(part, sorted.length % count);
  return Array.from({ length: count }, (_, part) => sorted.slice(bound(part), bound(part + 1)));
}

/**
 * Cuts names into parts that have no gaps in their numbers: `web[1-3,7]` into `web[1-3]` and `web7`.
 * Where names have several numbers, a part is a box of neighbours.
 */
export function contiguousNodes(names: Iterable<string>): string[][] {
  return foldPatterns(names).flatMap(({ literals, ranges }) =>
    ranges
      .reduce<readonly RangeSet[][]>(
        (boxes, set) => boxes.flatMap((box) => set.map((range) => [...box, [range]])),
        [[]],
      )
      .map((box) => expandPattern(patternOf(literals, box)))
  );
}
