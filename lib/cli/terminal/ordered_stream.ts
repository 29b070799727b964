/**
 * Streams that execute writes one after another and as a whole. On a terminal, a status line at the
 * bottom is cleared for every write.
 *
 * Two streams on one terminal share one queue of writes; otherwise the status line would appear in
 * the middle of other output.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { escapeText } from "./escape.ts";

/** An output stream; `Deno.stdout` is one. */
export interface OutputStream {
  /** Writes some of `bytes` and returns their number. */
  write(bytes: Uint8Array): Promise<number>;
  /** Returns whether it is a terminal. */
  isTerminal(): boolean;
}

/** Moves to the beginning of the line and clears it (ECMA-48 EL). */
const CLEAR_LINE = "\r\x1b[K";
const NEWLINE = 0x0a;

/**
 * The status line of a terminal. Its methods run in the same queue as all writes to the terminal.
 */
export class StatusLine {
  readonly #stream: OutputStream;
  readonly #columns: () => number;
  #text = "";
  #isShown = false;
  /**
   * Whether the cursor is at the start of a line. The status line is not shown after a partial
   * line.
   */
  #isFree = true;

  /** Creates an empty status line on the terminal `stream`, which is `columns` wide. */
  constructor(stream: OutputStream, columns: () => number) {
    this.#stream = stream;
    this.#columns = columns;
  }

  /** Shows `text` from now on, cut to the width. An empty text removes the line. */
  async replace(text: string): Promise<void> {
    this.#text = text;
    await this.#clear();
    await this.show();
  }

  /** Shows the line if it is hidden and the cursor is at the start of a line. */
  async show(): Promise<void> {
    if (this.#text === "" || this.#isShown || !this.#isFree) return;
    this.#isShown = true;
    // On some terminals, a line of full width would start the next line.
    await this.#write(escapeText(this.#text, Math.max(1, this.#columns() - 1)));
  }

  /** Clears the line before `bytes` are written. */
  async clearFor(bytes: Uint8Array): Promise<void> {
    await this.#clear();
    this.#isFree = bytes.at(-1) === NEWLINE;
  }

  /** Clears the terminal's echo of a key: `^C`. */
  async clearInterruptEcho(): Promise<void> {
    if (!this.#isFree) return;
    this.#isShown = false;
    await this.#write(CLEAR_LINE);
  }

  /** Leaves the shown line on the screen, because Enter has moved it up. */
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
      this.#text = ""; // the terminal is closed
    }
  }
}

/** Actions that run one after another. Two streams on one terminal share a queue. */
export class WriteQueue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whether the current action is the last one. */
  get isLast(): boolean {
    return this.#waiting <= 1;
  }

  /** Runs `action`, which must not reject, after all earlier actions. */
  run(action: () => Promise<void>): Promise<void> {
    this.#waiting++;
    this.#last = this.#last.then(action).then(() => void this.#waiting--);
    return this.#last;
  }
}

/** A stream that executes writes one after another and as a whole, until its reader closes it. */
export class OrderedStream {
  readonly #stream: OutputStream;
  readonly #writes: WriteQueue;
  readonly #status: StatusLine | undefined;
  readonly #closing = new AbortController();
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;

  /** Creates a stream that orders writes to `stream`, which may show a status line. */
  constructor(stream: OutputStream, writes: WriteQueue, status?: StatusLine) {
    this.#stream = stream;
    this.#writes = writes;
    this.isTerminal = stream.isTerminal();
    this.#status = this.isTerminal ? status : undefined;
  }

  /** Aborted with the error once a write has failed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Writes all of `bytes`; resolves when they are written or the write has failed. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#writes.run(async () => {
      if (bytes.length > 0) await this.#status?.clearFor(bytes);
      await this.#writeAll(bytes);
      if (this.#writes.isLast) await this.#status?.show();
    });
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    if (this.closed.aborted) return;
    try {
      let written = 0;
      while (written < bytes.length) written += await this.#stream.write(bytes.subarray(written));
    } catch (error) {
      // A broken pipe, a full disk or a closed terminal: an error cannot be shown any more.
      this.#closing.abort(error);
    }
  }
}
