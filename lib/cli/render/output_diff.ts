/**
 * `--diff`: compares the output of hosts with a reference, as a unified diff like that of clush.
 * @module
 */
import { structuredPatch, type StructuredPatchHunk } from "diff";
import { concat, decodeLatin1, encodeLatin1, encodeUtf8 } from "../../base/bytes.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { OutputDiff, OutputGroup } from "../../trigger/results/result_groups.ts";
import { paint, type Style } from "../terminal/colors.ts";
import { escapeBytes, escapeText, neutralizeProgramName } from "../terminal/escape.ts";
import type { RenderStyle } from "./host_output.ts";

/** The number of context lines around a difference. */
const CONTEXT = 3;
/** The maximum number of edits in a diff. If there are more, both outputs are shown completely. */
const MAX_EDITS = 2_000;
/** Folded names of many hosts may be long. */
const MAX_LABEL = 1_000_000;

/** Yields one diff for each of the others, as bytes for stdout. */
export function* renderDiff(
  { reference, others }: OutputDiff,
  style: Omit<RenderStyle, "labels">,
): Iterable<Uint8Array> {
  for (const other of others) {
    const lines: Uint8Array[] = [`--- ${outputLabel(reference)}`, `+++ ${outputLabel(other)}`].map((
      text,
    ) => encodeUtf8(paint(text, "node", style.colors)));
    for (const hunk of hunks(decodeLatin1(reference.output), decodeLatin1(other.output))) {
      lines.push(encodeUtf8(rangeText(hunk)), ...hunk.lines.map((line) => hunkLine(line, style)));
    }
    yield concat(lines.flatMap((line) => [line, NEWLINE]));
  }
}

const NEWLINE = encodeUtf8("\n");

function outputLabel({ nodes }: OutputGroup): string {
  const names = escapeText(foldNodes(nodes), MAX_LABEL);
  return nodes.length > 1 ? `${names} (${nodes.length})` : names;
}

/** Compares outputs with one character per byte, so that binary output can be compared too. */
function hunks(before: string, after: string): readonly StructuredPatchHunk[] {
  const options = { context: CONTEXT, maxEditLength: MAX_EDITS };
  const patch = structuredPatch("", "", before, after, undefined, undefined, options);
  return patch?.hunks ?? [wholeHunk(before, after)];
}

function wholeHunk(before: string, after: string): StructuredPatchHunk {
  const [removed, added] = [linesOf(before, "-"), linesOf(after, "+")];
  return {
    oldStart: 1,
    oldLines: removed.filter((line) => line.startsWith("-")).length,
    newStart: 1,
    newLines: added.filter((line) => line.startsWith("+")).length,
    lines: [...removed, ...added],
  };
}

function linesOf(text: string, sign: "-" | "+"): string[] {
  if (text === "") return [];
  const whole = text.endsWith("\n");
  const lines = (whole ? text.slice(0, -1) : text).split("\n").map((line) => sign + line);
  return whole ? lines : [...lines, "\\ No newline at end of file"];
}

function rangeText({ oldStart, oldLines, newStart, newLines }: StructuredPatchHunk): string {
  return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
}

/** Returns a range of lines. An empty range starts at the line before it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}

const STYLES: Readonly<Record<string, Style>> = { "-": "removed", "+": "added" };

function hunkLine(line: string, { escape, colors }: Omit<RenderStyle, "labels">): Uint8Array {
  const bytes = encodeLatin1(line);
  const shown = escape ? neutralizeProgramName(escapeBytes(bytes)) : bytes;
  const style = STYLES[line[0] ?? ""];
  if (!colors || style === undefined) return shown;
  const [begin = "", end = ""] = paint("\0", style, colors).split("\0");
  return concat([encodeUtf8(begin), shown, encodeUtf8(end)]);
}
