/**
 * Folds names into few patterns.
 *
 * Names of one shape are points in a space with one dimension per number. Folding joins boxes that
 * differ in one dimension only, one dimension after the other, by hashing: each pass takes time in
 * proportion to the number of boxes, while comparing pairs would take its square. It ends when no
 * boxes join, or after a fixed number of passes, so the result is small but not always the
 * smallest.
 * @module
 */

import { compareIndices, compareShapes, NUMBER_PLACEHOLDER, splitNameShape } from "./node_name.ts";
import { makePattern, type NodePattern } from "./node_pattern.ts";
import { foldIndices } from "./range_set.ts";

/** The maximum number of passes over all dimensions. */
const MAX_ROUNDS = 4;

/** The maximum number of folded dimensions; if more vary, those on the left stay unfolded. */
const MAX_AXES = 8;

/** All points with one of `axes[0]`, one of `axes[1]`, … */
interface Box {
  readonly axes: readonly (readonly string[])[];
  /** A text for each axis, equal when the axes are. */
  readonly keys: readonly string[];
}

/**
 * Folds names, each counted once, into patterns of disjoint names, ordered as
 * {@linkcode sortNodeNames} orders their first names.
 */
export function foldNames(names: Iterable<string>): NodePattern[] {
  const points = new Map<string, (readonly string[])[]>();
  for (const name of new Set(names)) {
    const { shape, indices } = splitNameShape(name);
    const alike = points.get(shape);
    if (alike === undefined) points.set(shape, [indices]);
    else alike.push(indices);
  }
  return [...points]
    .sort(([a], [b]) => compareShapes(a, b))
    .flatMap(([shape, alike]) => foldShape(shape.split(NUMBER_PLACEHOLDER), alike));
}

function foldShape(literals: readonly string[], points: readonly (readonly string[])[]) {
  return foldPoints(points)
    .sort(compareFirstPoints)
    .map((box) => makePattern(literals, box.axes.map(foldIndices)));
}

function compareFirstPoints(a: Box, b: Box): number {
  for (const [axis, [index = ""]] of a.axes.entries()) {
    const order = compareIndices(index, b.axes[axis]?.[0] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/** Tries both orders of the dimensions, since each is better for some sets. */
function foldPoints(points: readonly (readonly string[])[]): Box[] {
  const boxes = points.map((keys) => ({ axes: keys.map((index) => [index]), keys }));
  const axes = varyingAxes(points).slice(-MAX_AXES);
  const rightFirst = joinBoxes(boxes, axes.toReversed());
  if (axes.length < 2 || rightFirst.length === 1) return rightFirst;
  const leftFirst = joinBoxes(boxes, axes);
  return leftFirst.length < rightFirst.length ? leftFirst : rightFirst;
}

function varyingAxes(points: readonly (readonly string[])[]): number[] {
  const [first = []] = points;
  return [...first.keys()].filter((axis) => points.some((point) => point[axis] !== first[axis]));
}

function joinBoxes(boxes: readonly Box[], axes: readonly number[]): Box[] {
  let joined = [...boxes];
  let idle = -1; // passes in a row that joined nothing, not counting the first of all
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const axis of axes) {
      const before = joined.length;
      joined = joinAlong(joined, axis);
      idle = joined.length < before ? 0 : idle + 1;
      // A second pass along an axis finds nothing unless one along another has joined something.
      if (idle >= axes.length - 1) return joined;
    }
  }
  return joined;
}

/** Joins the boxes that are equal in all dimensions but `axis`. */
function joinAlong(boxes: readonly Box[], axis: number): Box[] {
  const groups = Map.groupBy(boxes, ({ keys }) => keyWithout(keys, axis));
  return Array.from(groups.values(), (group) => joinGroup(group, axis));
}

function keyWithout(keys: readonly string[], axis: number): string {
  let rest = "";
  for (let other = 0; other < keys.length; other++) if (other !== axis) rest += `${keys[other]} `;
  return rest;
}

function joinGroup(group: readonly Box[], axis: number): Box {
  const [first = { axes: [], keys: [] }] = group;
  if (group.length === 1) return first;
  const indices = group.flatMap((box) => box.axes[axis] ?? []).sort(compareIndices);
  return {
    axes: first.axes.with(axis, indices),
    keys: first.keys.with(axis, indices.join(",")),
  };
}
