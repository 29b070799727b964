/**
 * Makes what a host prints look as if this program had not said it: the name that begins our own lines on
 * stderr, and the rules around the headers of gathered output. Both wherever they stand, since a long line
 * goes on in the first column of a terminal. Where there are colours, ours are coloured besides, which
 * nothing that is escaped can be. Pure; imports `base`.
 * @module
 */
import { fromLatin1, latin1 } from "../base/bytes.ts";
import { programNames } from "./permissions.ts";

/** The line above and below a header. */
export const RULE: string = "-".repeat(15);

const NAMES = new RegExp(`${programNames.trigger}:`, "gi");
/** Longer and shorter ones are tables of the command's own. */
const RULES = new RegExp(`(?<!-)${RULE}(?!-)`, "g");

/** Spells out the beginning of our name in escaped output. */
export function disarmName(line: Uint8Array): Uint8Array {
  return disarm(line, NAMES);
}

/** Spells out the beginning of what looks like a {@linkcode RULE} in escaped output. */
export function disarmRule(line: Uint8Array): Uint8Array {
  return disarm(line, RULES);
}

/** Byte by byte, since what is looked for is ASCII. */
function disarm(line: Uint8Array, found: RegExp): Uint8Array {
  const text = fromLatin1(line);
  const disarmed = text.replace(found, (ours) => {
    const hex = ours.charCodeAt(0).toString(16);
    return `\\x${hex}${ours.slice(1)}`;
  });
  return disarmed === text ? line : latin1(disarmed);
}
