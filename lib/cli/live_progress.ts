/**
 * Progress while it happens: a line on a terminal, and an answer to whoever presses Enter. Imports
 * `trigger`.
 * @module
 */
import type { Progress } from "../trigger/results/progress.ts";
import { progressLine, progressLines } from "./render_progress.ts";
import type { Terminal } from "./terminal.ts";

/** What is over by then needs no progress, in milliseconds. */
const QUIET_MS = 1_000;
/** How often the line is brought up to date, in milliseconds. */
const UPDATE_MS = 250;

/** Shows progress on `terminal` after a second, until it is disposed of. */
export class LiveProgress implements Disposable {
  readonly #progress: Progress;
  readonly #terminal: Terminal;
  readonly #keyboard: boolean;
  readonly #job: string | undefined;
  readonly #begun = performance.now();
  readonly #stack = new DisposableStack();

  /**
   * Begins to count the second. Without `keyboard`, what is typed is for somebody else. `job` is the id
   * by which it can be looked up later.
   */
  constructor(
    progress: Progress,
    terminal: Terminal,
    options: { readonly keyboard: boolean; readonly job?: string | undefined },
  ) {
    this.#progress = progress;
    this.#terminal = terminal;
    this.#keyboard = options.keyboard;
    this.#job = options.job;
    if (!terminal.hasStatusLine) return;
    const timer = setTimeout(() => this.#start(), QUIET_MS);
    this.#stack.defer(() => clearTimeout(timer));
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #start(): void {
    this.#update();
    const timer = setInterval(() => this.#update(), UPDATE_MS);
    this.#stack.defer(() => this.#terminal.status(""));
    this.#stack.defer(() => clearInterval(timer));
    // In the background of a shell, reading would stop the program; who sends its output elsewhere
    // may have put it there.
    const { keyboard } = this.#terminal;
    if (!this.#keyboard || !keyboard.isThere || !this.#terminal.isTerminal("stdout")) return;
    this.#stack.use(keyboard.watch(() => tellProgress(this.#progress, this.#terminal, this.#job)));
  }

  #update(): void {
    this.#terminal.status(progressLine(this.#progress, performance.now() - this.#begun));
  }
}

/** Says on stderr how far it is, and who is still to come; `job` is what it can be looked up by. */
export function tellProgress(progress: Progress, terminal: Terminal, job?: string): void {
  const [first = "", ...others] = progressLines(progress);
  terminal.note(job === undefined ? first : `job ${job}: ${first}`);
  others.forEach((line) => terminal.note(line));
}
