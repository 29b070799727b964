/**
 * Reads one output pipe of a command to its end, or until it has been open for long enough after
 * the command's own end. Imports nothing.
 * @module
 */

/** How long to wait, in all, for a pipe that somebody else holds open after the command's end. */
export const DRAIN_MS = 1_000;

/**
 * How much to read after the command's end. What it wrote itself is in the pipe by then, which
 * holds 64 KiB, and 1 MiB at most unless root raised the limit (pipe(7)); beyond that, somebody
 * else writes.
 */
const DRAIN_BYTES = 2 * 1024 * 1024;

/** Half a pipe: larger reads leave more garbage behind than they save calls. */
const READ_BYTES = 32 * 1024;

/** The reading end of a pipe. */
export class PipeReader {
  readonly #reader: ReadableStreamBYOBReader;
  #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(READ_BYTES);
  #state: "open" | "complete" | "closed" = "open";
  #draining = false;
  #msLeft = DRAIN_MS;
  #bytesLeft = DRAIN_BYTES;
  #waitingSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes over `pipe`, the `stdout` or `stderr` of a child process. */
  constructor(pipe: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = pipe.getReader({ mode: "byob" });
  }

  /** Whether the pipe was read to its end: nobody holds its other side any more. */
  get complete(): boolean {
    return this.#state === "complete";
  }

  /** Waits for bytes; `undefined` at the end. They are valid until the next call. Never rejects. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#bytesLeft <= 0) await this.close();
    if (this.#state !== "open") return undefined;
    this.#startWaiting();
    try {
      const { value, done } = await this.#reader.read(this.#scratch);
      if (!done) return this.#accept(value);
      if (this.#state === "open") this.#state = "complete";
      return undefined;
    } catch {
      return undefined; // A pipe that cannot be read has nothing more to say.
    } finally {
      this.#stopWaiting();
    }
  }

  /** Says that the command has ended: from now on, reading is limited in time and size. */
  drain(): void {
    this.#draining = true;
    if (this.#waitingSince !== undefined) this.#startWaiting();
  }

  /** Stops reading; whoever still writes gets EPIPE. */
  async close(): Promise<void> {
    if (this.#state === "open") this.#state = "closed";
    await this.#reader.cancel().catch(() => {});
  }

  #accept(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    // The read took the scratch buffer away; its memory comes back under a new name.
    this.#scratch = new Uint8Array(bytes.buffer);
    if (this.#draining) this.#bytesLeft -= bytes.length;
    return bytes;
  }

  #startWaiting(): void {
    this.#waitingSince = performance.now();
    if (this.#draining) this.#timer = setTimeout(() => this.close(), this.#msLeft);
  }

  /** Only time spent waiting counts, so that a slow receiver loses nothing. */
  #stopWaiting(): void {
    clearTimeout(this.#timer);
    if (this.#draining) this.#msLeft -= performance.now() - (this.#waitingSince ?? 0);
    this.#waitingSince = undefined;
  }
}
