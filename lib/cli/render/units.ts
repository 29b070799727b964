/**
 * Durations, ages and sizes as people write them: `90s`, `2h`, `3d`, `64K`, `1G`.
 * @module
 */

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The maximum duration: 365 days, in milliseconds. */
export const MAX_DURATION_MS = 31_536_000_000;

/**
 * Parses a duration and returns milliseconds. A number without a unit is in seconds; the units are
 * `ms`, `s`, `m`, `h` and `d`, and fractions are valid: `1.5h`. The result is more than 0 and at
 * most `maxMs`, by default {@linkcode MAX_DURATION_MS}.
 * @throws {SyntaxError} if the text is not a duration
 * @throws {RangeError} if it is zero or too long
 */
export function parseDuration(text: string, maxMs: number = MAX_DURATION_MS): number {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)(ms|s|m|h|d|)$/.exec(text);
  if (match === null) {
    throw new SyntaxError(`${JSON.stringify(text)} is not a duration such as 90, 90s, 5m or 2h`);
  }
  const [, number = "", unit = ""] = match;
  const ms = Math.round(Number(number) * (DURATION_UNITS[unit] ?? 0));
  if (ms < 1) throw new RangeError(`${JSON.stringify(text)} is not more than 0`);
  if (ms > maxMs) {
    throw new RangeError(
      `${JSON.stringify(text)} is longer than the maximum, ${formatDuration(maxMs)}`,
    );
  }
  return ms;
}

/** Formats milliseconds in the largest unit that gives a whole number: `90s`, `2h`, `1500ms`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = DURATION_UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

const AGE_UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/**
 * Formats the time left in the two largest units that are not zero, rounded down: `1h59m`, `40s`.
 * One unit alone would show almost two hours as one.
 */
export function timeLeftText(ms: number): string {
  const [first, second] = AGE_UNITS.filter(([, size]) => ms >= size);
  const rest = first && second ? Math.floor(ms % first[1] / second[1]) : 0;
  return second && rest > 0 ? `${ageText(ms)}${rest}${second[0]}` : ageText(ms);
}

/**
 * Formats an age in its largest unit, rounded down and never negative: `3d`, `5h`, `12m`, `40s`.
 */
export function ageText(ms: number): string {
  for (const [unit, size] of AGE_UNITS) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return "0s";
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/**
 * Parses a size and returns bytes. The units are powers of 1024, in either case: `K`, `KB` or
 * `KiB`.
 * @throws {SyntaxError} if the text is not a size
 * @throws {RangeError} if it is too large for an exact number
 */
export function parseSize(text: string): number {
  const match = /^(\d{1,16})([KMGT]?)(?:i?B)?$/i.exec(text);
  if (match === null) {
    throw new SyntaxError(`${JSON.stringify(text)} is not a size such as 512, 64K, 10M or 1G`);
  }
  const [, number = "", unit = ""] = match;
  const bytes = Number(number) * (SIZE_UNITS[unit.toUpperCase()] ?? 1);
  if (!Number.isSafeInteger(bytes)) throw new RangeError(`${JSON.stringify(text)} is too large`);
  return bytes;
}

/** Formats bytes in the largest unit that gives a whole number: `64K`, `1500`. */
export function formatSize(bytes: number): string {
  for (const unit of ["T", "G", "M", "K"]) {
    const size = SIZE_UNITS[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
