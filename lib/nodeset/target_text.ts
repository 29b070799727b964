/**
 * What a text must be before it is read as a target. Imports its siblings and `base`.
 * @module
 */

import { utf8 } from "../base/bytes.ts";
import { INVISIBLE } from "../base/invisible.ts";
import type { Scanner } from "./scanner.ts";

/**
 * Refuses a text that is too long, holds what nobody can see, or holds nothing.
 * @throws {TargetError} if it is one of these
 */
export function checkTargetText(scan: Scanner, maxBytes: number): void {
  const { input } = scan;
  if (input.length > maxBytes || utf8(input).length > maxBytes) {
    scan.fail(`target is longer than ${maxBytes} bytes`, 0);
  }
  const invisible = INVISIBLE.exec(input);
  if (invisible !== null) {
    const code = (invisible[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    scan.fail(`target must not hold the invisible character U+${code}`, invisible.index);
  }
  if (input.trim() === "") scan.fail("target is empty", 0);
}
