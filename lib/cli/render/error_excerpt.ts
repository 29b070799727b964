/**
 * Shows the position of an error in a text: in words (`line 3, character 7`), and as an excerpt
 * with a caret below the wrong character.
 * @module
 */

import type { TextPosition } from "../../nodeset/parsing/errors.ts";
import { escapeText } from "../terminal/escape.ts";

/** The length of the excerpt on either side of the character, in UTF-16 units. */
const CONTEXT = 40;

/** Returns the position: `character 7`, or `line 3, character 7` in a text of several lines. */
export function positionText({ input, position }: TextPosition): string {
  const before = input.slice(0, position);
  const start = before.lastIndexOf("\n") + 1;
  const character = `character ${position - start + 1}`;
  return input.includes("\n") ? `line ${before.split("\n").length}, ${character}` : character;
}

/**
 * Returns two lines: the text around the character, and a caret below it. Returns none for an empty
 * line.
 */
export function excerptLines({ input, position }: TextPosition): readonly string[] {
  const start = input.lastIndexOf("\n", position - 1) + 1;
  const newline = input.indexOf("\n", position);
  const end = newline < 0 ? input.length : newline;
  if (input.slice(start, end).trim() === "") return [];
  const from = Math.max(start, position - CONTEXT);
  const to = Math.min(end, position + CONTEXT);
  const left = (from > start ? "…" : "") + escapedPart(input.slice(from, position));
  const right = escapedPart(input.slice(position, to)) + (to < end ? "…" : "");
  return [`  ${left}${right}`, `  ${" ".repeat(left.length)}^`];
}

function escapedPart(text: string): string {
  return escapeText(text, Infinity);
}
