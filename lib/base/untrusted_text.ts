/**
 * Text from elsewhere: which characters are invisible or change how their surroundings look, and
 * how to quote such text in a message so that neither a terminal nor a log obeys it.
 * @module
 */

/**
 * Matches one of them: a control, format or private character, a line separator, what fonts leave out
 * (joiners, variation selectors, fillers, tags), the blank pattern of braille, a lone surrogate. Newline
 * and tab are among them.
 *
 * By their properties, so that it holds for those that Unicode will add. Emoji lose by it: what glues
 * them together can as well hide in a name.
 */
export const INVISIBLE_CHARACTER: RegExp =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

const MAX_QUOTED_CHARACTERS = 60;

/**
 * Shows `text`, which may come from anybody, as one short quoted ASCII word: what a terminal or a
 * log could obey (control sequences, line ends, bidirectional marks) becomes `\uXXXX`.
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
