/**
 * Names taken apart into text and numbers, and their natural order. Imports `limits.ts`.
 * @module
 */

import { MAX_INDEX_DIGITS } from "./limits.ts";

/** Stands for a number in a shape: no name holds it, and it sorts before every other character. */
export const HOLE = "\0";

/** A name as `rack\0node\0` with the indices `["4", "07"]`. */
export interface NameShape {
  /** The name with {@linkcode HOLE} instead of each number. */
  readonly shape: string;
  /** The numbers from left to right, with their padding. */
  readonly indices: readonly string[];
}

/** Takes `name` apart. Runs of more than 15 digits stay text. */
export function shapeOf(name: string): NameShape {
  const indices: string[] = [];
  const shape = name.replace(/[0-9]+/g, (digits) => {
    if (digits.length > MAX_INDEX_DIGITS) return digits;
    indices.push(digits);
    return HOLE;
  });
  return { shape, indices };
}

/** Orders indices: shorter ones first, then by value, so that `9 < 10` and `2 < 01`. */
export function compareIndices(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders lists of equally many indices, the first index first. */
function compareIndexLists(a: readonly string[], b: readonly string[]): number {
  for (const [axis, index] of a.entries()) {
    const order = compareIndices(index, b[axis] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Sorts names as clustershell does: by shape, then by number, so that `web2` comes before `web10`.
 * Each name is given once in a set; the result is a new array.
 */
export function sortNodes<Name extends string>(names: Iterable<Name>): Name[] {
  return Array.from(names, (name) => ({ name, ...shapeOf(name) }))
    .sort((a, b) => compareShapes(a.shape, b.shape) || compareIndexLists(a.indices, b.indices))
    .map(({ name }) => name);
}

/** Orders shapes by their characters. */
export function compareShapes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
