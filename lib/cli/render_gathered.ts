/**
 * Gathered modes: results that have come in, by host or folded. Pure; imports `lib/nodeset` and
 * `lib/trigger`.
 *
 * With headers it looks as with clush: 15 dashes, the folded hosts, their number if there is more
 * than one, 15 dashes, the output, completed by a newline if it lacks one. Hosts that printed nothing are not shown; how they ended is told
 * by the summary.
 * @module
 */

import { concat, encodeUtf8 } from "../base/bytes.ts";
import { foldNodes } from "../nodeset/sets/node_set.ts";
import type { ResultGroup } from "../trigger/results/result_groups.ts";
import { paint } from "./colors.ts";
import { disarmRule, RULE } from "./disarm.ts";
import { escapeText } from "./escape.ts";
import { endsWithNewline, LineSplitter } from "./line_splitter.ts";
import { labelledLines, type RenderStyle } from "./render_style.ts";

const NEWLINE = encodeUtf8("\n");

/** What {@linkcode renderGathered} needs to know. */
export interface GatheredStyle extends RenderStyle {
  /** A header above each block; otherwise a label before each line. */
  readonly headers: boolean;
}

/** Renders groups in the order given, block by block, as bytes for stdout. */
export function* renderGathered(
  groups: Iterable<ResultGroup>,
  style: GatheredStyle,
): Iterable<Uint8Array> {
  for (const group of groups) {
    if (group.output.length > 0) yield block(group, style);
  }
}

function block({ nodes, output }: ResultGroup, style: GatheredStyle): Uint8Array {
  const label = foldNodes(nodes);
  // Gathered output is bounded already, and cutting a line would change it.
  const splitter = new LineSplitter(Infinity);
  const lines = [...splitter.push(output), ...splitter.end()];
  if (!style.headers) return labelledLines(label, lines, { ...style, labelStyle: "node" });
  const body = labelledLines(label, style.escape ? lines.map(disarmRule) : lines, {
    ...style,
    labels: false,
    labelStyle: "node",
  });
  if (!style.labels) return body;
  const parts = [encodeUtf8(header(label, nodes.length, style.colors)), body];
  return concat(endsWithNewline(body) ? parts : [...parts, NEWLINE]);
}

function header(label: string, count: number, colors: boolean): string {
  const number = count > 1 ? ` (${count})` : "";
  const lines = `${RULE}\n${escapeText(label, MAX_LABEL)}${number}\n${RULE}`;
  return `${paint(lines, "node", colors)}\n`;
}

/** Folded names of a whole site may be long; they are ours, but the names in them are not. */
const MAX_LABEL = 1_000_000;
