/**
 * Shows a person where in a text something is wrong:
 *
 *     … expected a number, found the end, at character 7
 *       web[1-
 *             ^
 *
 * Pure; imports its siblings and `nodeset`.
 * @module
 */

import type { TextPosition } from "../nodeset/parsing/errors.ts";
import { escapeText } from "./escape.ts";

/** How much is shown on either side of the character, in UTF-16 units. */
const CONTEXT = 40;

/** Says where it is: `character 7`, or `line 3, character 7` in a text of several lines. */
export function placeIn({ input, position }: TextPosition): string {
  const before = input.slice(0, position);
  const start = before.lastIndexOf("\n") + 1;
  const character = `character ${position - start + 1}`;
  return input.includes("\n") ? `line ${before.split("\n").length}, ${character}` : character;
}

/** Two lines: what stands around the character, and a caret below it. Nothing for an empty line. */
export function pointAt({ input, position }: TextPosition): readonly string[] {
  const start = input.lastIndexOf("\n", position - 1) + 1;
  const newline = input.indexOf("\n", position);
  const end = newline < 0 ? input.length : newline;
  if (input.slice(start, end).trim() === "") return [];
  const from = Math.max(start, position - CONTEXT);
  const to = Math.min(end, position + CONTEXT);
  const left = (from > start ? "…" : "") + shown(input.slice(from, position));
  const right = shown(input.slice(position, to)) + (to < end ? "…" : "");
  return [`  ${left}${right}`, `  ${" ".repeat(left.length)}^`];
}

function shown(text: string): string {
  return escapeText(text, Infinity);
}
