/**
 * JSON that is safe to look at: one line, and nothing in it that a terminal obeys. Pure; imports
 * nothing beyond this folder.
 * @module
 */

import { isHarmful } from "./escape.ts";

/**
 * Like `JSON.stringify`, with every character that `escape.ts` calls harmful written as `\u….`:
 * the value is the same for every reader of JSON, but a host cannot hide a control sequence in it.
 */
export function safeJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  // JSON.stringify has already escaped what is below U+0020 inside strings; newlines are our own.
  return json.replace(
    /[^\x20-\x7e\n]/gu,
    (character) => isHarmful(character) ? unicodeEscape(character) : character,
  );
}

function unicodeEscape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
