/**
 * The lines of the shell: edited at a prompt, or read from a file or a pipe. Editing uses
 * `node:readline` for history, Ctrl-R, completion and control keys; its input and output go through
 * our keyboard and terminal, so that each has one owner.
 * @module
 */
import { createInterface, type Interface } from "node:readline";
import { PassThrough, Writable } from "node:stream";
import { decodeUtf8, encodeUtf8 } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { endsWithNewline, LineSplitter, MAX_LINE_BYTES } from "../terminal/line_splitter.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { SetCompletion } from "./shell_target.ts";

/**
 * Yields the lines of `source` as they arrive, without their newlines.
 * @throws {UserError} if one is too long or not UTF-8: a part of it would be another command
 */
export async function* pipedLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  let number = 0;
  for await (const chunk of source) {
    for (const line of splitter.push(chunk)) {
      number++;
      if (!endsWithNewline(line)) throw lineTooLong(number);
      yield decodeLine(line.subarray(0, -1), number);
    }
  }
  for (const line of splitter.end()) yield decodeLine(line, number + 1);
}

function lineTooLong(number: number): UserError {
  return new UserError(`line ${number} of stdin is longer than ${MAX_LINE_BYTES} bytes`);
}

function decodeLine(line: Uint8Array, number: number): string {
  try {
    return decodeUtf8(line);
  } catch (cause) {
    throw new UserError(`line ${number} of stdin is not UTF-8`, { cause });
  }
}

/** The context of a line editor. */
export interface LineEditorOptions {
  /** The terminal of the user. */
  readonly terminal: Terminal;
  /** Returns earlier lines, the newest first. */
  readonly history: () => readonly string[];
  /** Completes the text before the cursor. */
  readonly complete: (before: string) => Promise<SetCompletion>;
}

const CARRIAGE_RETURN = 0x0d;
const NEWLINE = 0x0a;
const SEARCH = 0x12; // Ctrl-R
const STOP_KEYS: readonly number[] = [CARRIAGE_RETURN, NEWLINE, SEARCH];

/**
 * Lets the user edit one line after another. Text pasted after a newline is kept for the next line.
 */
export class LineEditor {
  readonly #options: LineEditorOptions;
  #pending: Uint8Array = new Uint8Array();

  /** Creates an editor. */
  constructor(options: LineEditorOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the next line; empty after Ctrl-C; `undefined` at the end of input, or once
   * aborted.
   */
  async line(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return undefined;
    const { terminal } = this.#options;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const input = new PassThrough();
    const editing = this.#begin(prompt, { input, signal, ended: resolve });
    const edit = { input, editing, found: -1, isOver: false };
    const over = promise.then(() => edit.isOver = true);
    using _raw = terminal.keyboard.enterRawMode();
    void this.#feed(edit, over);
    const line = await promise;
    editing.close();
    if (line === undefined) await terminal.write("stderr", encodeUtf8("\n"));
    return line;
  }

  #begin(prompt: string, { input, signal, ended }: EditOptions): Interface {
    const { terminal, history, complete } = this.#options;
    const lines = [...history()];
    const editing = createInterface({
      ...{ input, output: new TerminalScreen(terminal), terminal: true, prompt, signal },
      ...{ history: lines, historySize: lines.length + 1, removeHistoryDuplicates: true },
      completer: (before: string, done: (error: null, result: [string[], string]) => void) =>
        void complete(before).then(({ found, typed }) => done(null, [[...found], typed])),
    });
    editing.on("line", ended);
    editing.on("close", () => ended(undefined));
    editing.on("SIGTSTP", () => {}); // without the permission to send signals the program cannot stop itself
    editing.on("SIGINT", () => {
      editing.write(null, { ctrl: true, name: "e" });
      void terminal.write("stderr", encodeUtf8("^C\n"));
      ended("");
    });
    editing.prompt();
    return editing;
  }

  /**
   * Passes on keys up to the end of a line. Later keys are left for the next line, or for a
   * command.
   */
  async #feed(edit: Edit, over: Promise<unknown>): Promise<void> {
    const { keyboard } = this.#options.terminal;
    while (!edit.isOver) {
      if (this.#pending.length === 0) {
        const keys = await keyboard.readKeys();
        if (keys === null) return edit.editing.close();
        this.#pending = keys;
      }
      this.#press(this.#nextKeys(), edit);
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve))]); // lets readline read it
    }
  }

  /**
   * Returns the keys up to the end of a line or up to a Ctrl-R, or a Ctrl-R alone. Fast keys arrive
   * together.
   */
  #nextKeys(): Uint8Array {
    const stop = this.#pending.findIndex((key) => STOP_KEYS.includes(key));
    const end = this.#pending[stop] === SEARCH ? Math.max(1, stop) : stop + 1;
    const keys = this.#pending.subarray(0, end || undefined);
    this.#pending = this.#pending.subarray(keys.length + newlineAfter(keys, this.#pending));
    return keys;
  }

  #press(keys: Uint8Array, edit: Edit): void {
    if (keys[0] === SEARCH && keys.length === 1) return this.#search(edit);
    edit.found = -1;
    edit.input.write(keys);
  }

  /** Shows the next older line that contains the text typed before the first Ctrl-R. */
  #search(edit: Edit): void {
    const { editing } = edit;
    const searched = edit.found < 0 ? editing.line : edit.searched ?? "";
    const lines = this.#options.history();
    const found = lines.findIndex((line, index) => index > edit.found && line.includes(searched));
    edit.searched = searched;
    if (found < 0) return;
    edit.found = found;
    editing.write(null, { ctrl: true, name: "e" });
    editing.write(null, { ctrl: true, name: "u" });
    editing.write(lines[found] ?? "");
  }
}

interface EditOptions {
  readonly input: PassThrough;
  readonly signal: AbortSignal;
  readonly ended: (line: string | undefined) => void;
}

interface Edit {
  readonly input: PassThrough;
  readonly editing: Interface;
  /** The search text, and the position of its last match in the history. */
  searched?: string;
  found: number;
  isOver: boolean;
}

/** Returns the newline after `keys`. A paste may end lines with two characters. */
function newlineAfter(keys: Uint8Array, all: Uint8Array): number {
  return keys.at(-1) === CARRIAGE_RETURN && all[keys.length] === NEWLINE ? 1 : 0;
}

/** The terminal as an output stream of readline. */
class TerminalScreen extends Writable {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    super({ decodeStrings: true });
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  // The terminal keeps the order. Waiting here would let other writes in between.
  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    void this.#terminal.write("stderr", new Uint8Array(chunk));
    done();
  }
}
