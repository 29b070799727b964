/**
 * Words as they are typed into a shell. Pure; imports nothing.
 * @module
 */

/** Quotes `word` if a POSIX shell would take it for something else. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
