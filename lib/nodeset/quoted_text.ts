/**
 * Text between quotes in a target: `"Debian GNU/Linux"`. Imports `scanner.ts`.
 *
 * Either quote opens; inside, the same quote is written twice. A backslash is itself, so that
 * regular expressions need no second escaping.
 * @module
 */

import type { Scanner } from "./scanner.ts";

/** Tells whether a quoted text comes next. */
export function startsQuoted(scan: Scanner): boolean {
  return scan.peek() === `"` || scan.peek() === "'";
}

/**
 * Reads a quoted text.
 * @throws {TargetError} if its end is missing
 */
export function readQuoted(scan: Scanner): string {
  const at = scan.at;
  const quote = scan.next();
  const raw = scan.match(quote === `"` ? /(?:[^"]|"")*/y : /(?:[^']|'')*/y);
  if (!scan.accept(quote)) scan.fail("quoted text has no end", at);
  return raw.replaceAll(quote + quote, quote);
}

/** Writes `text` between double quotes; {@linkcode readQuoted} reads it back. */
export function printQuoted(text: string): string {
  return `"${text.replaceAll(`"`, `""`)}"`;
}
