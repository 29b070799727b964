/**
 * How long ago something was and how long is left, as short as they may be said. Pure; imports nothing.
 * @module
 */

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/**
 * How much time is left: `1h59m`, `40s`, in the two largest units of which there is one, since whoever
 * waits for the end of two hours is not told that it is one; rounded down.
 */
export function leftText(ms: number): string {
  const [first, second] = UNITS.filter(([, size]) => ms >= size);
  const rest = first && second ? Math.floor(ms % first[1] / second[1]) : 0;
  return second && rest > 0 ? `${ageText(ms)}${rest}${second[0]}` : ageText(ms);
}

/** `3d`, `5h`, `12m`, `40s`: the largest unit of which it has one, rounded down; never negative. */
export function ageText(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return "0s";
}
