/**
 * How results look on one stream. Pure; imports nothing beyond this folder.
 * @module
 */

import { concat, encodeUtf8 } from "../base/bytes.ts";
import { paint, type Style } from "./colors.ts";
import { disarmName } from "./disarm.ts";
import { escapeBytes, escapeText } from "./escape.ts";
import { endsWithNewline } from "./line_splitter.ts";

/** How results look on one stream. */
export interface RenderStyle {
  /** Show host names. */
  readonly labels: boolean;
  /** Make what hosts say harmless for a terminal. */
  readonly escape: boolean;
  /** Colour host names. */
  readonly colors: boolean;
}

/**
 * Renders lines of output, each with `label` in front and a newline at its end. Without labels the
 * bytes stay as they are, a missing last newline included: one host's output can be copied so.
 */
export function labelledLines(
  label: string,
  lines: readonly Uint8Array[],
  style: RenderStyle & { readonly labelStyle: Style },
): Uint8Array {
  const shown = style.escape ? lines.map((line) => disarmName(escapeBytes(line))) : lines;
  if (!style.labels) return concat(shown);
  const front = encodeUtf8(`${paint(`${escapeText(label)}:`, style.labelStyle, style.colors)} `);
  return concat(
    shown.flatMap((line) => endsWithNewline(line) ? [front, line] : [front, line, NEWLINE]),
  );
}

const NEWLINE = encodeUtf8("\n");
