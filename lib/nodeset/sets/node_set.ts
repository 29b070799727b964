/**
 * Node sets such as `web[01-20/2],db[1-3]`: parses them, and folds names into them, also into
 * groups.
 *
 * A set of names is a plain `Set` of strings; names are folded only when they are printed.
 * Operators (`!`, `&`, `^`), groups and globs belong to targets.
 * @module
 */
import { TargetError } from "../parsing/errors.ts";
import { MAX_NODE_NAMES } from "../parsing/parse_limits.ts";
import { Scanner } from "../parsing/scanner.ts";
import { foldNames } from "./fold_names.ts";
import { type NodeName, sortNodeNames } from "./node_name.ts";
import {
  countNames,
  expandNames,
  expandPattern,
  makePattern,
  type NodePattern,
  printPattern,
  readNodePattern,
  tooManyNamesMessage,
} from "./node_pattern.ts";
import type { RangeSet } from "./range_set.ts";

/**
 * Reads the names of a node set such as `web[01-20/2],db[1-3]`; spaces around commas are skipped.
 * @throws {TargetError} if `text` is not a node set, or has more than a million names
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
 * @throws {TargetError} if there are more than a million, before any is listed
 */
export function expandPatterns(patterns: readonly NodePattern[]): Set<NodeName> {
  const count = patterns.reduce((sum, pattern) => sum + countNames(pattern), 0);
  if (count > MAX_NODE_NAMES) {
    throw new TargetError(tooManyNamesMessage(count), {
      input: printPatterns(patterns),
      position: 0,
    });
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

/** Folds names, in any order, into the text of a node set; the empty text for no names. */
export function foldNodes(names: Iterable<string>): string {
  return printPatterns(foldNames(names));
}

/**
 * Splits names, in their natural order, into at most `parts` lists whose lengths differ by at most
 * one, the longer ones first. Returns fewer lists if there are fewer names.
 * @throws {RangeError} if `parts` is not a whole number of at least 1
 */
export function splitIntoParts<Name extends string>(
  names: Iterable<Name>,
  parts: number,
): Name[][] {
  if (!Number.isInteger(parts) || parts < 1) {
    throw new RangeError(`cannot split into ${parts} parts`);
  }
  const sorted = sortNodeNames(names);
  const count = Math.min(parts, sorted.length);
  const bound = (part: number) =>
    part * Math.floor(sorted.length / count) + Math.min(part, sorted.length % count);
  return Array.from({ length: count }, (_, part) => sorted.slice(bound(part), bound(part + 1)));
}

/**
 * Splits names into parts without gaps in their numbers: `web[1-3,7]` into `web[1-3]` and `web7`.
 * With several numbers in a name, a part has no gap in any of them.
 */
export function splitIntoContiguous(names: Iterable<string>): string[][] {
  return foldNames(names).flatMap(({ literals, ranges }) =>
    ranges
      .reduce<readonly RangeSet[][]>(
        (boxes, set) => boxes.flatMap((box) => set.map((range) => [...box, [range]])),
        [[]],
      )
      .map((box) => expandPattern(makePattern(literals, box)))
  );
}

/** The names in each group, by the group as written: `@rack4`. */
export type GroupMembers = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Folds `names` into groups whose members are all among them, the largest group first, as
 * ClusterShell does: `@rack[1-2],web7`. No name is written twice.
 */
export function foldIntoGroups(names: Iterable<string>, groups: GroupMembers): string {
  let rest: ReadonlySet<string> = new Set(names);
  const chosen: string[] = [];
  const largestFirst = [...groups]
    .filter(([, members]) => members.size > 0 && members.isSubsetOf(rest))
    .sort(([a, { size }], [b, { size: other }]) => other - size || (a < b ? -1 : 1));
  for (const [group, members] of largestFirst) {
    if (!members.isSubsetOf(rest)) continue;
    chosen.push(group);
    rest = rest.difference(members);
  }
  return [foldNodes(chosen), foldNodes(rest)].filter((text) => text !== "").join(",");
}
