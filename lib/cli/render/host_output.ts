/**
 * How output of hosts looks as text: labelled lines as they come, or gathered blocks at the end.
 *
 * Gathered output with headers looks as with clush: 15 dashes, the folded hosts, their number if
 * there is more than one, 15 dashes, the output, completed by a newline if it lacks one. Hosts
 * without output are not shown; the summary says how they ended.
 * @module
 */
import { concat, encodeUtf8 } from "../../base/bytes.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { ResultGroup } from "../../trigger/results/result_groups.ts";
import { paint, type Style } from "../terminal/colors.ts";
import {
  escapeBytes,
  escapeText,
  neutralizeProgramName,
  neutralizeRule,
  RULE,
} from "../terminal/escape.ts";
import { endsWithNewline, LineSplitter } from "../terminal/line_splitter.ts";

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
  const shown = style.escape
    ? lines.map((line) => neutralizeProgramName(escapeBytes(line)))
    : lines;
  if (!style.labels) return concat(shown);
  const front = encodeUtf8(`${paint(`${escapeText(label)}:`, style.labelStyle, style.colors)} `);
  return concat(
    shown.flatMap((line) => endsWithNewline(line) ? [front, line] : [front, line, NEWLINE]),
  );
}

const NEWLINE = encodeUtf8("\n");

/**
 * Makes whole, labelled lines of the chunks of many hosts, so that no two hosts share a line.
 * A last line without a newline is completed when the host's stream ends. Without labels nothing
 * is added, and what one host writes comes out byte by byte the same.
 */
export class LineRenderer {
  readonly #style: RenderStyle & { readonly labelStyle: "node" | "nodeError" };
  readonly #splitters = new Map<string, LineSplitter>();

  /** Makes a renderer for what hosts write to `stream`. */
  constructor(stream: "stdout" | "stderr", style: RenderStyle) {
    this.#style = { ...style, labelStyle: stream === "stdout" ? "node" : "nodeError" };
  }

  /** Takes a chunk of `node`'s output and returns what to write now, which may be nothing. */
  push(node: string, chunk: Uint8Array): Uint8Array {
    const splitter = this.#splitters.get(node) ?? new LineSplitter();
    this.#splitters.set(node, splitter);
    return labelledLines(node, splitter.push(chunk), this.#style);
  }

  /** Ends `node`'s stream and returns its last line, if that was incomplete. */
  end(node: string): Uint8Array {
    const rest = this.#splitters.get(node)?.end() ?? [];
    this.#splitters.delete(node);
    return labelledLines(node, rest, this.#style);
  }

  /** Ends all streams, when nobody will say more: after an interrupt, say. */
  endAll(): Uint8Array {
    return concat([...this.#splitters.keys()].map((node) => this.end(node)));
  }
}

const LINE_END = encodeUtf8("\n");

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
    if (group.output.length > 0) yield outputBlock(group, style);
  }
}

function outputBlock({ nodes, output }: ResultGroup, style: GatheredStyle): Uint8Array {
  const label = foldNodes(nodes);
  // Gathered output is bounded already, and cutting a line would change it.
  const splitter = new LineSplitter(Infinity);
  const lines = [...splitter.push(output), ...splitter.end()];
  if (!style.headers) return labelledLines(label, lines, { ...style, labelStyle: "node" });
  const body = labelledLines(label, style.escape ? lines.map(neutralizeRule) : lines, {
    ...style,
    labels: false,
    labelStyle: "node",
  });
  if (!style.labels) return body;
  const parts = [encodeUtf8(blockHeader(label, nodes.length, style.colors)), body];
  return concat(endsWithNewline(body) ? parts : [...parts, LINE_END]);
}

function blockHeader(label: string, count: number, colors: boolean): string {
  const number = count > 1 ? ` (${count})` : "";
  const lines = `${RULE}\n${escapeText(label, MAX_LABEL)}${number}\n${RULE}`;
  return `${paint(lines, "node", colors)}\n`;
}

/** Folded names of a whole site may be long; they are ours, but the names in them are not. */
const MAX_LABEL = 1_000_000;
