/**
 * Characters that nobody can see, or that change how the text around them looks. Pure.
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
export const INVISIBLE: RegExp =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
