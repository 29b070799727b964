/**
 * Durations as people write them: `90`, `90s`, `5m`, `2h`. Pure; imports nothing.
 * @module
 */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest duration that is accepted: 365 days, in milliseconds. */
export const MAX_DURATION_MS = 31_536_000_000;

/**
 * Reads a duration and returns milliseconds. A number without a unit is in seconds; the units are
 * `ms`, `s`, `m`, `h` and `d`; `1.5h` is fine. More than nothing, at most `maxMs`, which is
 * {@linkcode MAX_DURATION_MS} unless given.
 * @throws {SyntaxError} if the text is not a duration
 * @throws {RangeError} if it is nothing or too long
 */
export function parseDuration(text: string, maxMs: number = MAX_DURATION_MS): number {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)(ms|s|m|h|d|)$/.exec(text);
  if (match === null) {
    throw new SyntaxError(`${JSON.stringify(text)} is not a duration such as 90, 90s, 5m or 2h`);
  }
  const [, number = "", unit = ""] = match;
  const ms = Math.round(Number(number) * (UNITS[unit] ?? 0));
  if (ms < 1) throw new RangeError(`${JSON.stringify(text)} is no time at all`);
  if (ms > maxMs) {
    throw new RangeError(
      `${JSON.stringify(text)} is longer than the longest, ${formatDuration(maxMs)}`,
    );
  }
  return ms;
}

/** Writes milliseconds in the largest unit that gives a whole number: `90s`, `2h`, `1500ms`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
