/**
 * Splits a stream of bytes into lines, however it is chunked. Very long lines are split, so that no
 * host can fill the memory.
 * @module
 */

import { concat } from "../../base/bytes.ts";

const NEWLINE = 0x0a;

/** Longer lines are split into pieces of this many bytes, so that no host can fill the memory. */
export const MAX_LINE_BYTES = 65_536;

/**
 * Collects chunks and returns lines, each with its final newline. A line longer than `maxBytes` is
 * returned in pieces without a newline, never split inside a character. Together the lines equal
 * the input. They may share memory with the chunks.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** Creates a splitter. `maxBytes` is at least 4; {@linkcode MAX_LINE_BYTES} by default. */
  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Adds a chunk and returns the lines that it completes. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end + 1), lines);
      lines.push(...this.#take());
      start = end + 1;
    }
    // Copied, because the caller may reuse the memory of the chunk.
    this.#keep(chunk.slice(start), lines);
    return lines;
  }

  /** Ends the stream: returns the last line if it lacks its newline, or nothing. */
  end(): readonly Uint8Array[] {
    return this.#take();
  }

  #keep(part: Uint8Array, lines: Uint8Array[]): void {
    this.#parts.push(part);
    this.#size += part.length;
    while (this.#size > this.#maxBytes) {
      const whole = concat(this.#take());
      const cut = characterStart(whole, this.#maxBytes);
      lines.push(whole.subarray(0, cut));
      this.#parts.push(whole.subarray(cut));
      this.#size = whole.length - cut;
    }
  }

  /** Removes and returns the stored bytes: one line, or none if there are no bytes. */
  #take(): readonly Uint8Array[] {
    const parts = this.#parts.filter((part) => part.length > 0);
    this.#parts = [];
    this.#size = 0;
    return parts.length <= 1 ? parts : [concat(parts)];
  }
}

/** Returns whether a line has its final newline. */
export function endsWithNewline(line: Uint8Array): boolean {
  return line.at(-1) === NEWLINE;
}

/** Returns the last start of a UTF-8 character at or before `index`, at most three bytes back. */
function characterStart(bytes: Uint8Array, index: number): number {
  for (let start = index; start > index - 4; start--) {
    const byte = bytes[start] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return start;
  }
  return index;
}
