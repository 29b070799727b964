/**
 * Streams whose writes happen one after another and whole. Imports nothing beyond this folder.
 * @module
 */
import type { OutputStream } from "./output_stream.ts";
import type { StatusLine } from "./status_line.ts";

/** Actions that take turns. Two streams that are one terminal share them. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Tells whether nobody waits for the end of the present turn. */
  get areOver(): boolean {
    return this.#waiting <= 1;
  }

  /** Does `action`, which does not reject, when all before it are done. */
  take(action: () => Promise<void>): Promise<void> {
    this.#waiting++;
    this.#last = this.#last.then(action).then(() => void this.#waiting--);
    return this.#last;
  }
}

/** A stream whose writes happen one after another and whole, until its reader goes away. */
export class OrderedStream {
  readonly #stream: OutputStream;
  readonly #turns: Turns;
  readonly #status: StatusLine | undefined;
  readonly #closing = new AbortController();
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;

  /** Orders what is written to `stream`, which may have a status line in its way. */
  constructor(stream: OutputStream, turns: Turns, status?: StatusLine) {
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
    return this.#turns.take(async () => {
      if (bytes.length > 0) await this.#status?.giveWay(bytes);
      await this.#writeAll(bytes);
      if (this.#turns.areOver) await this.#status?.show();
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
