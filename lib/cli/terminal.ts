/**
 * The terminal: the only file that writes to stdout and stderr. Imports `lib/base`.
 *
 * Its rules:
 * - stdout carries results and nothing else: what was asked for, and never a comment on it.
 * - stderr carries everything that is said about them, one line each, with the program's name in
 *   front: `nanotrigger: error: …`, `nanotrigger: hint: …`, `nanotrigger: warning: …`. Lower case,
 *   no final period. The error says what happened, the hint what to do.
 * - Text from strangers is escaped (see `escape.ts`): always inside our own lines; as output of a
 *   command on a terminal, but not into a pipe or a file, and not with `--raw`.
 * - Colours are for terminals; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are honoured.
 * - When whoever reads stdout has gone (`| head`), writing goes on into nothing, quietly, and
 *   {@linkcode Terminal.outputClosed} says so. Writing never throws and never blocks the program;
 *   awaiting a write is how a fast writer follows a slow reader.
 * @module
 */

import { utf8 } from "../base/bytes.ts";
import { type ColorEnvironment, type ColorVariable, paint, usesColor } from "./colors.ts";
import { escapeText } from "./escape.ts";

/** A stream that the terminal writes to; `Deno.stdout` is one. */
export interface OutputStream {
  /** Writes some of `bytes` and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells whether a person looks at it. */
  isTerminal(): boolean;
}

/** What a {@linkcode Terminal} is made of. */
export interface TerminalOptions {
  /** The program's name, put in front of every line on stderr. */
  readonly program: string;
  /** Where results go. */
  readonly stdout: OutputStream;
  /** Where everything else goes. */
  readonly stderr: OutputStream;
  /** The variables that decide about colours. */
  readonly env: ColorEnvironment;
}

/** One of the two streams. */
export type StreamName = "stdout" | "stderr";

/** Writes results to stdout, and lines about them to stderr. */
export class Terminal {
  readonly #program: string;
  readonly #env: ColorEnvironment;
  readonly #streams: Readonly<Record<StreamName, OrderedStream>>;

  /** Makes a terminal over two streams. */
  constructor(options: TerminalOptions) {
    this.#program = options.program;
    this.#env = options.env;
    this.#streams = {
      stdout: new OrderedStream(options.stdout),
      stderr: new OrderedStream(options.stderr),
    };
  }

  /** The terminal of this process, for the program called `program`. */
  static ofProcess(program: string): Terminal {
    const { stdout, stderr } = Deno;
    return new Terminal({ program, stdout, stderr, env: readColorEnvironment() });
  }

  /** Aborted once nobody reads stdout any more. */
  get outputClosed(): AbortSignal {
    return this.#streams.stdout.closed;
  }

  /** Tells whether a person looks at `stream`. */
  isTerminal(stream: StreamName): boolean {
    return this.#streams[stream].isTerminal;
  }

  /** Tells whether to colour what goes to `stream`. */
  hasColors(stream: StreamName): boolean {
    return usesColor(this.#env, this.isTerminal(stream));
  }

  /** Tells whether output of commands must be escaped on `stream`. */
  mustEscape(stream: StreamName, options: { readonly raw: boolean }): boolean {
    return this.isTerminal(stream) && !options.raw;
  }

  /** Writes bytes as they are; resolves when they have been taken. Never rejects. */
  write(stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#streams[stream].write(bytes);
  }

  /** Writes our own text and a newline to stdout. */
  print(text: string): Promise<void> {
    return this.write("stdout", utf8(text.endsWith("\n") ? text : `${text}\n`));
  }

  /** Says on stderr why the program cannot go on. */
  error(message: string): void {
    this.#say(message, "error");
  }

  /** Says on stderr what to do about it. */
  hint(message: string): void {
    this.#say(message, "hint");
  }

  /** Says on stderr that something is not as it should be. */
  warning(message: string): void {
    this.#say(message, "warning");
  }

  /** Says something on stderr about the results: `nanotrigger: web[1-3]: timed out`. */
  note(message: string): void {
    this.#line(`${this.#program}: ${escapeText(message, Infinity)}`);
  }

  /** Writes one finished line, such as one of a log or of a stack trace, to stderr. */
  log(line: string): void {
    this.#line(escapeText(line, Infinity));
  }

  /** Resolves when everything written so far has been taken. Call it before the process ends. */
  async flush(): Promise<void> {
    await Promise.all([this.#streams.stdout.flush(), this.#streams.stderr.flush()]);
  }

  #say(message: string, label: "error" | "hint" | "warning"): void {
    const painted = paint(`${label}:`, label, this.hasColors("stderr"));
    this.#line(`${this.#program}: ${painted} ${escapeText(message, MAX_MESSAGE)}`);
  }

  #line(line: string): void {
    this.write("stderr", utf8(`${line}\n`));
  }
}

/**
 * Longer messages are cut: a stranger's text may be in them. Notes and log lines are not: folded
 * names of many hosts are long, and cut JSON is none; whoever makes them bounds what is in them.
 */
const MAX_MESSAGE = 4_000;

/** A stream whose writes happen one after another and whole, until its reader goes away. */
class OrderedStream {
  readonly #stream: OutputStream;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();
  readonly isTerminal: boolean;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.isTerminal = stream.isTerminal();
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#last = this.#last.then(() => this.#writeAll(bytes));
    return this.#last;
  }

  flush(): Promise<void> {
    return this.#last;
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

function readColorEnvironment(): ColorEnvironment {
  const read = (variable: ColorVariable): string | undefined =>
    // Asked first, because reading without permission would ask the person at the keyboard.
    Deno.permissions.querySync({ name: "env", variable }).state === "granted"
      ? Deno.env.get(variable)
      : undefined;
  return {
    NO_COLOR: read("NO_COLOR"),
    CLICOLOR: read("CLICOLOR"),
    CLICOLOR_FORCE: read("CLICOLOR_FORCE"),
    TERM: read("TERM"),
  };
}
