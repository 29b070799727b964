/**
 * How long ago something was, as short as it may be said. Pure; imports nothing.
 * @module
 */

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** `3d`, `5h`, `12m`, `40s`: the largest unit of which it has one, rounded down; never negative. */
export function ageText(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return "0s";
}
