/**
 * Foreign text inside a message for people. Imports nothing.
 * @module
 */

const SHOWN_CHARACTERS = 60;

/**
 * Shows `text`, which may come from anybody, as one short quoted ASCII word: what a terminal or a
 * log could obey (control sequences, line ends, bidirectional marks) becomes `\uXXXX`.
 */
export function quote(text: string): string {
  const shown = text.length > SHOWN_CHARACTERS ? text.slice(0, SHOWN_CHARACTERS) + "..." : text;
  return JSON.stringify(shown).replace(/[^\x20-\x7e]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}
