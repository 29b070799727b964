/**
 * Untrusted text: matches invisible characters, and quotes text for a message so that neither a
 * terminal nor a log obeys it.
 * @module
 */

/**
 * Matches one invisible character: a control, format or private character, a line separator, an
 * ignorable one (joiner, variation selector, filler, tag), the blank braille pattern, a lone
 * surrogate. Newline and tab are among them.
 *
 * Matches by Unicode properties, so that characters of later versions are included. Joined emoji
 * are refused, too, because their joiners could hide in a name.
 */
export const INVISIBLE_CHARACTER: RegExp =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

const MAX_QUOTED_CHARACTERS = 60;

/**
 * Quotes untrusted `text` as one ASCII word, cut after 60 characters. Control characters, line ends
 * and bidirectional marks become `\uXXXX`.
 */
export function quoteUntrusted(text: string): string {
  const shown = text.length > MAX_QUOTED_CHARACTERS
    ? text.slice(0, MAX_QUOTED_CHARACTERS) + "..."
    : text;
  return JSON.stringify(shown).replace(/[^\x20-\x7e]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}
