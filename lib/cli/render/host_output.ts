/**
 * Formats the output of hosts as text: labelled lines as they arrive, or gathered blocks at the
 * end.
 *
 * Gathered output with headers has the format of clush: 15 dashes, the folded hosts, their number
 * if there are several, 15 dashes, and the output. A missing final newline is added. Hosts without
 * output are not shown; the summary shows their outcome.
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

/** The style of results on one stream. */
export interface RenderStyle {
  /** Whether to show host names. */
  readonly labels: boolean;
  /** Whether to escape output for a terminal. */
  readonly escape: boolean;
  /** Whether to colour host names. */
  readonly colors: boolean;
}

/**
 * Returns lines of output, each with `label` in front and a newline at its end. Without labels the
 * bytes stay unchanged, even without a final newline, so that the output of one host can be copied.
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
 * Converts the chunks of many hosts to whole, labelled lines, so that no two hosts share a line. A
 * last line without a newline is completed when the host's stream ends. Without labels the output
 * of a host stays unchanged byte by byte.
 */
export class LineRenderer {
  readonly #style: RenderStyle & { readonly labelStyle: "node" | "nodeError" };
  readonly #splitters = new Map<string, LineSplitter>();

  /** Creates a renderer for the output of hosts on `stream`. */
  constructor(stream: "stdout" | "stderr", style: RenderStyle) {
    this.#style = { ...style, labelStyle: stream === "stdout" ? "node" : "nodeError" };
  }

  /** Adds a chunk of `node`'s output. Returns the bytes to write now, which may be empty. */
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

  /** Ends all streams and returns their last lines, for example after an interrupt. */
  endAll(): Uint8Array {
    return concat([...this.#splitters.keys()].map((node) => this.end(node)));
  }
}

const LINE_END = encodeUtf8("\n");

/** The style of gathered output. */
export interface GatheredStyle extends RenderStyle {
  /** Whether each block has a header. Otherwise each line has a label. */
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
  // Gathered output has a limit already, and splitting a line would change it.
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

/** Folded names of many hosts may be long. The text is ours, but the names in it are not. */
const MAX_LABEL = 1_000_000;
