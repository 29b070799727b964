/**
 * Sizes as people write them: `512`, `64K`, `10M`, `1G`. Pure; imports nothing.
 * @module
 */

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/**
 * Reads a size and returns bytes. The units are powers of 1024, in either case, and may be spelled
 * `K`, `KB` or `KiB`.
 * @throws {SyntaxError} if the text is not a size
 * @throws {RangeError} if it is too large to be counted exactly
 */
export function parseSize(text: string): number {
  const match = /^(\d{1,16})([KMGT]?)(?:i?B)?$/i.exec(text);
  if (match === null) {
    throw new SyntaxError(`${JSON.stringify(text)} is not a size such as 512, 64K, 10M or 1G`);
  }
  const [, number = "", unit = ""] = match;
  const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? 1);
  if (!Number.isSafeInteger(bytes)) throw new RangeError(`${JSON.stringify(text)} is too large`);
  return bytes;
}

/** Writes bytes in the largest unit that gives a whole number: `64K`, `1500`. */
export function formatSize(bytes: number): string {
  for (const unit of ["T", "G", "M", "K"]) {
    const size = UNITS[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
