/**
 * The keyboard of a terminal: the only file that reads answers from stdin. Line by line, an open
 * question gets the next line, otherwise watchers are called. Key by key, the line editor gets the
 * keys.
 * @module
 */
import { raceAbort } from "../../base/async.ts";

/** Where lines come from; `Deno.stdin` is one. */
export interface LineSource {
  /** Reads one line, as a terminal gives it; `null` at the end of input. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Tells whether a person is there. */
  isTerminal(): boolean;
  /** Has the terminal hand over every key as it is pressed, and show none of them; or no longer. */
  setRaw?(raw: boolean): void;
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
  #typist: ((keys: Uint8Array | null) => void) | undefined;
  #isReading = false;
  #isOver = false;

  /** Makes a keyboard; `entered` is called at every line, before anybody else is. */
  constructor(source: LineSource, entered: () => void = () => {}) {
    this.#source = source;
    this.#entered = entered;
  }

  /** Whether a person is there. */
  get isInteractive(): boolean {
    return this.#source.isTerminal();
  }

  /** Whether what is typed next comes here, though nobody may want it any more. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /**
   * Resolves with the next line, without white space around it; with nothing at the end of input.
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

  /** Calls `watcher` at every line that no question asks for, until it is disposed of. */
  watch(watcher: () => void): Disposable {
    this.#watchers.add(watcher);
    void this.#read();
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** Has the terminal hand over keys as they are pressed, without showing them, until disposed of. */
  enterRawMode(): Disposable {
    this.#source.setRaw?.(true);
    return { [Symbol.dispose]: () => this.#source.setRaw?.(false) };
  }

  /** Resolves with what is pressed next, before anybody else is told; with `null` at the end of input. */
  async readKeys(): Promise<Uint8Array | null> {
    if (this.#isOver) return null;
    const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
    this.#typist = resolve;
    void this.#read();
    return await promise;
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const buffer = new Uint8Array(MAX_LINE);
    while (!this.#isOver && (this.#typist || this.#questions.size + this.#watchers.size > 0)) {
      const count = await this.#source.read(buffer).catch(() => null);
      this.#isOver = count === null;
      this.#hand(buffer.slice(0, count ?? 0));
    }
    this.#isReading = false;
    if (this.#isOver) this.#questions.forEach((answer) => answer(""));
  }

  #hand(typed: Uint8Array): void {
    const typist = this.#typist;
    this.#typist = undefined;
    if (typist) typist(this.#isOver ? null : typed);
    else this.#give(new TextDecoder().decode(typed).trim());
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
