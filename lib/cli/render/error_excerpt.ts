/**
 * Shows where in a text an error is: the position in words (`line 3, character 7`), and the part of
 * the text around it with a caret below the wrong character.
 * @module
 */

import type { TextPosition } from "../../nodeset/parsing/errors.ts";
import { escapeText } from "../terminal/escape.ts";

/** How much is shown on either side of the character, in UTF-16 units. */
const CONTEXT = 40;

/** Says where it is: `character 7`, or `line 3, character 7` in a text of several lines. */
export function positionText({ input, position }: TextPosition): string {
  const before = input.slice(0, position);
  const start = before.lastIndexOf("\n") + 1;
  const character = `character ${position - start + 1}`;
  return input.includes("\n") ? `line ${before.split("\n").length}, ${character}` : character;
}

/** Two lines: what stands around the character, and a caret below it. Nothing for an empty line. */
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
