/**
 * Streams whose writes happen one after another and whole, with a status line at the bottom of a
 * terminal that makes way for every write. Two streams that are one terminal share one queue of
 * writes, because otherwise the status line would be drawn in the middle of other output.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { escapeText } from "./escape.ts";

/** A stream that can be written to; `Deno.stdout` is one. */
export interface OutputStream {
  /** Writes some of `bytes` and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells whether a person looks at it. */
  isTerminal(): boolean;
}

/** Moves to the beginning of the line and clears it (ECMA-48 EL). */
const CLEAR_LINE = "\r\x1b[K";
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
  async clearFor(bytes: Uint8Array): Promise<void> {
    await this.#clear();
    this.#isFree = bytes.at(-1) === NEWLINE;
  }

  /** Clears what the terminal itself has shown of a key: `^C`. */
  async clearInterruptEcho(): Promise<void> {
    if (!this.#isFree) return;
    this.#isShown = false;
    await this.#write(CLEAR_LINE);
  }

  /** Somebody has pressed Enter: what was shown has moved up, and stays. */
  detachShown(): void {
    this.#isShown = false;
    this.#isFree = true;
  }

  async #clear(): Promise<void> {
    if (!this.#isShown) return;
    this.#isShown = false;
    await this.#write(CLEAR_LINE);
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

/** Actions that take turns. Two streams that are one terminal share them. */
export class WriteQueue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Tells whether nobody waits for the end of the present turn. */
  get isLast(): boolean {
    return this.#waiting <= 1;
  }

  /** Does `action`, which does not reject, when all before it are done. */
  run(action: () => Promise<void>): Promise<void> {
    this.#waiting++;
    this.#last = this.#last.then(action).then(() => void this.#waiting--);
    return this.#last;
  }
}

/** A stream whose writes happen one after another and whole, until its reader goes away. */
export class OrderedStream {
  readonly #stream: OutputStream;
  readonly #turns: WriteQueue;
  readonly #status: StatusLine | undefined;
  readonly #closing = new AbortController();
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;

  /** Orders what is written to `stream`, which may have a status line in its way. */
  constructor(stream: OutputStream, turns: WriteQueue, status?: StatusLine) {
    this.#stream = stream;
    this.#turns = turns;
    this.isTerminal = stream.isTerminal();
    this.#status = this.isTerminal ? status : undefined;
  }

  /** Aborted, with the error, once writing has failed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Writes all of `bytes`; resolves when they have been taken, or cannot be. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#turns.run(async () => {
      if (bytes.length > 0) await this.#status?.clearFor(bytes);
      await this.#writeAll(bytes);
      if (this.#turns.isLast) await this.#status?.show();
    });
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    if (this.closed.aborted) return;
    try {
      let written = 0;
      while (written < bytes.length) written += await this.#stream.write(bytes.subarray(written));
    } catch (error) {
      // A broken pipe, a full disk, a terminal that is gone: there is nobody left to tell.
      this.#closing.abort(error);
    }
  }
}
