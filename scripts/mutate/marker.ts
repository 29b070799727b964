/**
 * Finds the markers of checks in the source: `// check: NAME`, at the end of a line or above it. A
 * marker marks the first node that starts on that line.
 * @module
 */

import { join } from "node:path";
import ts from "typescript";

/** A marked node and its location. */
export interface MarkedNode {
  /** The name after `check:`. */
  readonly marker: string;
  /** The path of the file, relative to the project's root. */
  readonly file: string;
  /** The line of the marker, counted from 1. */
  readonly line: number;
  /** The text of the file. */
  readonly source: string;
  /** The marked node. */
  readonly node: ts.Node;
}

const MARKER = /^(.*?)\/\/ check: (\S+)$/gm;

/** Finds all markers in the files under `folder`, which is relative to `root`. */
export async function findMarkers(root: string, folder: string): Promise<readonly MarkedNode[]> {
  const found: MarkedNode[] = [];
  for (const file of await filesUnder(root, folder)) {
    if (file.endsWith(".ts")) {
      found.push(...markersOf(file, await Deno.readTextFile(join(root, file))));
    }
  }
  return found;
}

/**
 * Finds the markers in the text of `file`.
 * @throws {Error} if nothing follows a marker
 */
export function markersOf(file: string, source: string): readonly MarkedNode[] {
  const matches = [...source.matchAll(MARKER)];
  if (matches.length === 0) return [];
  const tree = parse(file, source);
  return matches.map((match) => {
    const [text, before = "", marker = ""] = match;
    const start = before.trim() === "" ? match.index + text.length : match.index;
    const node = firstNodeFrom(tree, start);
    if (!node) throw new Error(`${file}: nothing follows the marker ${marker}`);
    return { marker, file, line: source.slice(0, match.index).split("\n").length, source, node };
  });
}

/** Parses a source text. */
export function parse(file: string, source: string): ts.SourceFile {
  return ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
}

/** Lists the files under `folder` and its subfolders, sorted; paths are relative to `root`. */
export async function filesUnder(root: string, folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = join(folder, name);
    files.push(...isDirectory ? await filesUnder(root, path) : [path]);
  }
  return files.sort();
}

/** Nodes come in the order of the text, and outer ones before inner ones. */
function firstNodeFrom(tree: ts.SourceFile, start: number): ts.Node | undefined {
  return tree.forEachChild(find);

  function find(node: ts.Node): ts.Node | undefined {
    if (node.getEnd() <= start || node.kind === ts.SyntaxKind.EndOfFileToken) return undefined;
    return node.getStart() >= start ? node : node.forEachChild(find);
  }
}
