/**
 * Groups as an option takes them: `rack[1-4],slurm:gpu`, where `@` goes without saying. Imports its
 * siblings.
 * @module
 */

import { readBareGroups } from "./group_term.ts";
import { MAX_TYPED_BYTES } from "./limits.ts";
import { Scanner } from "./scanner.ts";
import { compose, type Target } from "./target_ast.ts";
import { joinGroups } from "./target_term.ts";
import { checkTargetText } from "./target_text.ts";

/**
 * Reads the names of groups with commas between them; an `@` before one does no harm.
 * @throws {TargetError} if `text` is anything else
 */
export function parseGroupList(text: string): Target {
  const scan = new Scanner(text);
  checkTargetText(scan, MAX_TYPED_BYTES);
  const first = readGroup(scan);
  const more: Target[] = [];
  while (scan.accept(",")) more.push(readGroup(scan));
  if (!scan.done) scan.failUnexpected(`","`);
  return compose("or", [first, ...more]);
}

function readGroup(scan: Scanner): Target {
  scan.skipSpaces();
  scan.accept("@");
  const group = joinGroups(readBareGroups(scan));
  scan.skipSpaces();
  return group;
}
