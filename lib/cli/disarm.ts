/**
 * Makes what a host prints look as if this program had not said it: the name that begins our own lines on
 * stderr, and the rules around the headers of gathered output. Both wherever they stand, since a long line
 * goes on in the first column of a terminal. Where there are colours, ours are coloured besides, which
 * nothing that is escaped can be. Pure; imports `base`.
 * @module
 */
import { decodeLatin1, encodeLatin1, encodeUtf8 } from "../base/bytes.ts";
import { programNames } from "./permissions.ts";

/** The line above and below a header. */
export const RULE: string = "-".repeat(15);

/** What is looked for: bytes without which it is not there, and where it is. */
interface Forgery {
  readonly bytes: Uint8Array;
  readonly found: RegExp;
}

const NAME: Forgery = forgery(`${programNames.trigger}:`);
/** Longer and shorter ones are tables of the command's own. */
const ONE_RULE: Forgery = forgery(RULE, `(?<!-)${RULE}(?!-)`); // check: rule-border

/** Spells out the beginning of our name in escaped output. */
export function disarmName(line: Uint8Array): Uint8Array {
  return disarm(line, NAME); // check: prefix-forged
}

/** Spells out the beginning of what looks like a {@linkcode RULE} in escaped output. */
export function disarmRule(line: Uint8Array): Uint8Array {
  return disarm(line, ONE_RULE); // check: rule-forged
}

function forgery(text: string, pattern: string = text): Forgery {
  return { bytes: encodeUtf8(text), found: new RegExp(pattern, "g") }; // check: every-name
}

/** Byte by byte, since what is looked for is ASCII; nearly all lines are left as they are, at once. */
function disarm(line: Uint8Array, { bytes, found }: Forgery): Uint8Array {
  if (!holds(line, bytes)) return line;
  return encodeLatin1(
    decodeLatin1(line).replace(found, (ours) => {
      const hex = ours.charCodeAt(0).toString(16);
      return `\\x${hex}${ours.slice(1)}`;
    }),
  );
}

function holds(line: Uint8Array, bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  // check: rule-search
  for (let at = line.indexOf(first); at >= 0; at = line.indexOf(first, at + 1)) {
    if (bytes.every((byte, index) => line[at + index] === byte)) return true;
  }
  return false;
}
