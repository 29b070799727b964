/**
 * The terminal: the only file that writes to stdout and stderr.
 *
 * stdout carries results only.
 *
 * stderr carries all messages about them, one line each, with the program's name in front:
 * `nanotrigger: error: …`, `nanotrigger: hint: …`, `nanotrigger: warning: …`. Lower case, no final
 * period. The error describes the problem, the hint the remedy.
 *
 * Text from hosts and peers is escaped (see `escape.ts`): always inside our own lines; as output of
 * a command on a terminal, but not into a pipe or a file, and not with `--raw`.
 *
 * Colours are for terminals; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are honoured.
 *
 * On a terminal, temporary information is shown in a status line, which is cleared for all other
 * output.
 *
 * When the reader of stdout has closed it (`| head`), writes are discarded without an error, and
 * `Terminal.outputClosed` is aborted. Writing never throws and never blocks the program; a fast
 * writer waits for a slow reader by awaiting its writes.
 * @module
 */

import { encodeUtf8 } from "../../base/bytes.ts";
import { type ColorEnvironment, type ColorVariable, paint, usesColor } from "./colors.ts";
import { escapeText } from "./escape.ts";
import { Keyboard, type LineSource } from "./keyboard.ts";
import { OrderedStream, type OutputStream, StatusLine, WriteQueue } from "./ordered_stream.ts";

/** The settings of a {@linkcode Terminal}. */
export interface TerminalOptions {
  /** The program's name, the prefix of every line on stderr. */
  readonly program: string;
  /** The stream for results. */
  readonly stdout: OutputStream;
  /** The stream for all other output. */
  readonly stderr: OutputStream;
  /** The variables that decide about colours. */
  readonly env: ColorEnvironment;
  /** The source of keyboard input; none by default. */
  readonly stdin?: LineSource;
  /** Returns the width of the terminal; 80 characters by default. */
  readonly columns?: () => number;
}

/** One of the two streams. */
export type StreamName = "stdout" | "stderr";

/** Writes results to stdout, and messages about them to stderr. */
export class Terminal {
  readonly #program: string;
  readonly #env: ColorEnvironment;
  readonly #streams: Readonly<Record<StreamName, OrderedStream>>;
  readonly #writes: WriteQueue;
  readonly #status: StatusLine | undefined;
  readonly #columns: () => number;
  /** The keyboard input. */
  readonly keyboard: Keyboard;

  /** Creates a terminal on its streams. */
  constructor(options: TerminalOptions) {
    const { program, env, stdout, stderr, stdin = NO_STDIN, columns = () => DEFAULT_COLUMNS } =
      options;
    this.#program = program;
    this.#env = env;
    this.#columns = columns;
    const canClear = stderr.isTerminal() && env.TERM !== "dumb";
    this.#status = canClear ? new StatusLine(stderr, columns) : undefined;
    this.#writes = new WriteQueue();
    this.#streams = {
      stdout: new OrderedStream(
        stdout,
        stdout.isTerminal() ? this.#writes : new WriteQueue(),
        this.#status,
      ),
      stderr: new OrderedStream(stderr, this.#writes, this.#status),
    };
    this.keyboard = new Keyboard(stdin, () => this.#status?.detachShown());
  }

  /** Returns the terminal of this process, for the program `program`. */
  static ofProcess(program: string): Terminal {
    const { stdin, stdout, stderr } = Deno;
    const env = readColorEnvironment();
    return new Terminal({ program, stdin, stdout, stderr, env, columns: readColumns });
  }

  /** Aborted once the reader has closed stdout. */
  get outputClosed(): AbortSignal {
    return this.#streams.stdout.closed;
  }

  /** Returns whether `stream` is a terminal. */
  isTerminal(stream: StreamName): boolean {
    return this.#streams[stream].isTerminal;
  }

  /** The current width in characters. */
  get columns(): number {
    return this.#columns();
  }

  /** Whether a status line is possible. */
  get hasStatusLine(): boolean {
    return this.#status !== undefined;
  }

  /** Returns whether to colour output to `stream`. */
  hasColors(stream: StreamName): boolean {
    return usesColor(this.#env, this.isTerminal(stream));
  }

  /** Returns whether output of commands must be escaped on `stream`. */
  mustEscape(stream: StreamName, options: { readonly raw: boolean }): boolean {
    return this.isTerminal(stream) && !options.raw;
  }

  /** Writes bytes unchanged; resolves when they are written. Never rejects. */
  write(stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#streams[stream].write(bytes);
  }

  /**
   * Replaces the status line at the bottom of a terminal; an empty text removes it. Does nothing
   * without a status line.
   */
  status(text: string): void {
    const status = this.#status;
    if (status) this.#writes.run(() => status.replace(text));
  }

  /** Clears the terminal's echo of the interrupt key, `^C`. */
  clearInterruptEcho(): void {
    const status = this.#status;
    if (status) this.#writes.run(() => status.clearInterruptEcho());
  }

  /** Writes our own text and a newline to stdout. */
  print(text: string): Promise<void> {
    return this.write("stdout", encodeUtf8(text.endsWith("\n") ? text : `${text}\n`));
  }

  /** Writes an error to stderr. */
  error(message: string): void {
    this.#writeMessage(message, "error");
  }

  /** Writes a hint about the error to stderr. */
  hint(message: string): void {
    this.#writeMessage(message, "hint");
  }

  /** Writes a warning to stderr. */
  warning(message: string): void {
    this.#writeMessage(message, "warning");
  }

  /** Writes a note about the results to stderr: `nanotrigger: web[1-3]: timed out`. */
  note(message: string): void {
    this.#line(`${this.#front} ${escapeText(message, Infinity)}`);
  }

  /** Writes one complete line to stderr, such as a log line or a line of a stack trace. */
  log(line: string): void {
    this.#line(escapeText(line, Infinity));
  }

  /** Resolves when all earlier output is written. Call it before the process ends. */
  async flush(): Promise<void> {
    await Promise.all([this.write("stdout", NOTHING), this.write("stderr", NOTHING)]);
  }

  #writeMessage(message: string, label: "error" | "hint" | "warning"): void {
    const painted = paint(`${label}:`, label, this.hasColors("stderr"));
    this.#line(`${this.#front} ${painted} ${escapeText(message, MAX_MESSAGE)}`);
  }

  /** The coloured prefix of a line. Hosts cannot colour their output like this. */
  get #front(): string {
    return paint(`${this.#program}:`, "own", this.hasColors("stderr"));
  }

  #line(line: string): void {
    this.write("stderr", encodeUtf8(`${line}\n`));
  }
}

/**
 * Messages may contain text of a peer, so longer ones are cut. Notes and log lines are not cut:
 * folded names of many hosts are long, and cut JSON is invalid. Their callers limit the text in
 * them.
 */
const MAX_MESSAGE = 4_000;

const DEFAULT_COLUMNS = 80;
const NOTHING = new Uint8Array();

const NO_STDIN: LineSource = { read: () => Promise.resolve(null), isTerminal: () => false };

function readColumns(): number {
  try {
    return Deno.consoleSize().columns || DEFAULT_COLUMNS; // a terminal may report no width
  } catch {
    return DEFAULT_COLUMNS;
  }
}

function readColorEnvironment(): ColorEnvironment {
  const read = (variable: ColorVariable): string | undefined =>
    // Queried first, because reading without permission would prompt the user.
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
