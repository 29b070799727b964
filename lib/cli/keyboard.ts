/**
 * The keyboard of a terminal, line by line: the only file that reads answers from stdin. A question
 * is answered first; lines that nobody has asked for are for whoever watches.
 * @module
 */

/** Where lines come from; `Deno.stdin` is one. */
export interface LineSource {
  /** Reads one line, as a terminal gives it; `null` at the end of input. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Tells whether a person is there. */
  isTerminal(): boolean;
}

/** What terminals hold of one line at most. */
const MAX_LINE = 4_096;

/**
 * Reads lines while somebody wants one. A read that is under way cannot be taken back: whoever uses
 * the keyboard last ends the process.
 */
export class Keyboard {
  readonly #source: LineSource;
  readonly #entered: () => void;
  readonly #questions = new Set<(line: string) => void>();
  readonly #watchers = new Set<() => void>();
  #isReading = false;
  #isOver = false;

  /** Makes a keyboard; `entered` is called at every line, before anybody else is. */
  constructor(source: LineSource, entered: () => void = () => {}) {
    this.#source = source;
    this.#entered = entered;
  }

  /** Whether a person is there. */
  get isThere(): boolean {
    return this.#source.isTerminal();
  }

  /**
   * Resolves with the next line, without white space around it; with nothing at the end of input.
   * @throws the signal's reason when it is aborted
   */
  async line({ signal }: { readonly signal?: AbortSignal } = {}): Promise<string> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#questions.add(resolve);
    try {
      void this.#read();
      return await promise;
    } finally {
      this.#questions.delete(resolve);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Calls `watcher` at every line that no question asks for, until it is disposed of. */
  watch(watcher: () => void): Disposable {
    this.#watchers.add(watcher);
    void this.#read();
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const buffer = new Uint8Array(MAX_LINE);
    while (!this.#isOver && this.#questions.size + this.#watchers.size > 0) {
      const count = await this.#source.read(buffer).catch(() => null);
      this.#isOver = count === null;
      this.#give(new TextDecoder().decode(buffer.subarray(0, count ?? 0)).trim());
    }
    this.#isReading = false;
    if (this.#isOver) this.#questions.forEach((answer) => answer(""));
  }

  #give(line: string): void {
    if (this.#isOver) return;
    this.#entered();
    const [question] = this.#questions;
    if (!question) return this.#watchers.forEach((watcher) => watcher());
    this.#questions.delete(question);
    question(line);
  }
}
