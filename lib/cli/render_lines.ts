/**
 * Line mode: `host: line` as it comes, for one of the two streams. Pure; imports nothing beyond
 * this folder.
 * @module
 */

import { concat } from "../base/bytes.ts";
import { LineSplitter } from "./line_splitter.ts";
import { labelledLines, type RenderStyle } from "./render_style.ts";

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
