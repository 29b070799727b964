/**
 * One line at the bottom of a terminal that says how things are now. It makes way for everything
 * else that is written there. Imports `base`.
 * @module
 */
import { encodeUtf8 } from "../base/bytes.ts";
import { escapeText } from "./escape.ts";
import type { OutputStream } from "./output_stream.ts";

/** Moves to the beginning of the line and clears it (ECMA-48 EL). */
const CLEAR = "\r\x1b[K";
const NEWLINE = 0x0a;

/** The status line of a terminal. Its functions are called in turn with all that is written there. */
export class StatusLine {
  readonly #stream: OutputStream;
  readonly #columns: () => number;
  #text = "";
  #isShown = false;
  /** Nothing is shown behind the beginning of somebody else's line. */
  #isFree = true;

  /** Makes an empty line on the terminal `stream`, which is `columns` wide. */
  constructor(stream: OutputStream, columns: () => number) {
    this.#stream = stream;
    this.#columns = columns;
  }

  /** Shows `text` from now on, cut to the width; an empty one is no line at all. */
  async replace(text: string): Promise<void> {
    this.#text = text;
    await this.#clear();
    await this.show();
  }

  /** Shows the line if it is not shown, and can be. */
  async show(): Promise<void> {
    if (this.#text === "" || this.#isShown || !this.#isFree) return;
    this.#isShown = true;
    // A line of full width would make some terminals begin the next one.
    await this.#write(escapeText(this.#text, Math.max(1, this.#columns() - 1)));
  }

  /** Clears the line, because `bytes` will be written in its place. */
  async giveWay(bytes: Uint8Array): Promise<void> {
    await this.#clear();
    this.#isFree = bytes.at(-1) === NEWLINE;
  }

  /** Clears what the terminal itself has shown of a key: `^C`. */
  async wipe(): Promise<void> {
    if (!this.#isFree) return;
    this.#isShown = false;
    await this.#write(CLEAR);
  }

  /** Somebody has pressed Enter: what was shown has moved up, and stays. */
  leaveBehind(): void {
    this.#isShown = false;
    this.#isFree = true;
  }

  async #clear(): Promise<void> {
    if (!this.#isShown) return;
    this.#isShown = false;
    await this.#write(CLEAR);
  }

  async #write(text: string): Promise<void> {
    const bytes = encodeUtf8(text);
    try {
      let written = 0;
      while (written < bytes.length) written += await this.#stream.write(bytes.subarray(written));
    } catch {
      this.#text = ""; // the terminal is gone
    }
  }
}
