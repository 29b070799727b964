/**
 * The keyboard of a terminal: the only file that reads answers from stdin. In line mode, an open
 * question gets the next line; without one, watchers are called. In raw mode, the line editor gets
 * the keys.
 * @module
 */
import { raceAbort } from "../../base/async.ts";

/** A source of lines; `Deno.stdin` is one. */
export interface LineSource {
  /** Reads one line of a terminal; `null` at the end of input. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Returns whether it is a terminal. */
  isTerminal(): boolean;
  /** Switches raw mode: the terminal passes on each key at once, without echo. */
  setRaw?(raw: boolean): void;
}

/** The maximum length of a line in a terminal. */
const MAX_LINE = 4_096;

/**
 * Reads lines on demand. A pending read cannot be cancelled, so the last user of the keyboard ends
 * the process.
 */
export class Keyboard {
  readonly #source: LineSource;
  readonly #onLine: () => void;
  readonly #questions = new Set<(line: string) => void>();
  readonly #watchers = new Set<() => void>();
  #keyReader: ((keys: Uint8Array | null) => void) | undefined;
  #isReading = false;
  #isOver = false;

  /** Creates a keyboard. `onLine` is called at every line, before any other callback. */
  constructor(source: LineSource, onLine: () => void = () => {}) {
    this.#source = source;
    this.#onLine = onLine;
  }

  /** Whether stdin is a terminal. */
  get isInteractive(): boolean {
    return this.#source.isTerminal();
  }

  /** Whether a read is pending, even if its line is no longer needed. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /**
   * Resolves with the next line, without white space around it; with the empty text at the end of
   * input.
   * @throws the signal's reason when it is aborted
   */
  async readLine({ signal }: { readonly signal?: AbortSignal } = {}): Promise<string> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#questions.add(resolve);
    try {
      void this.#read();
      return await raceAbort(promise, signal);
    } finally {
      this.#questions.delete(resolve);
    }
  }

  /** Calls `watcher` at every line that is not an answer to a question, until disposed of. */
  watch(watcher: () => void): Disposable {
    this.#watchers.add(watcher);
    void this.#read();
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** Switches the terminal to raw mode, without echo, until disposed of. */
  enterRawMode(): Disposable {
    this.#source.setRaw?.(true);
    return { [Symbol.dispose]: () => this.#source.setRaw?.(false) };
  }

  /**
   * Resolves with the next keys, before any other reader gets them; with `null` at the end of
   * input.
   */
  async readKeys(): Promise<Uint8Array | null> {
    if (this.#isOver) return null;
    const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
    this.#keyReader = resolve;
    void this.#read();
    return await promise;
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const buffer = new Uint8Array(MAX_LINE);
    while (!this.#isOver && (this.#keyReader || this.#questions.size + this.#watchers.size > 0)) {
      const count = await this.#source.read(buffer).catch(() => null);
      this.#isOver = count === null;
      this.#dispatch(buffer.slice(0, count ?? 0));
    }
    this.#isReading = false;
    if (this.#isOver) this.#questions.forEach((answer) => answer(""));
  }

  #dispatch(typed: Uint8Array): void {
    const reader = this.#keyReader;
    this.#keyReader = undefined;
    if (reader) reader(this.#isOver ? null : typed);
    else this.#dispatchLine(new TextDecoder().decode(typed).trim());
  }

  #dispatchLine(line: string): void {
    if (this.#isOver) return;
    this.#onLine();
    const [question] = this.#questions;
    if (!question) return this.#watchers.forEach((watcher) => watcher());
    this.#questions.delete(question);
    question(line);
  }
}
