/**
 * The terminal: the only file that writes to stdout and stderr.
 *
 * stdout carries results only.
 *
 * stderr carries everything about them, one line each, with the program's name in front:
 * `nanotrigger: error: …`, `nanotrigger: hint: …`, `nanotrigger: warning: …`. Lower case, no final
 * period. The error says what is wrong, the hint what to do.
 *
 * Text from hosts and peers is escaped (see `escape.ts`): always inside our own lines; as output of
 * a command on a terminal, but not into a pipe or a file, and not with `--raw`.
 *
 * Colours are for terminals; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are honoured.
 *
 * On a terminal, what is true only for the moment goes into a status line, which makes way for all
 * other output.
 *
 * When the reader of stdout has gone (`| head`), writing continues into nothing without an error,
 * and `Terminal.outputClosed` is aborted. Writing never throws and never blocks the program; a fast
 * writer follows a slow reader by awaiting its writes.
 * @module
 */

import { encodeUtf8 } from "../../base/bytes.ts";
import { type ColorEnvironment, type ColorVariable, paint, usesColor } from "./colors.ts";
import { escapeText } from "./escape.ts";
import { Keyboard, type LineSource } from "./keyboard.ts";
import { OrderedStream, WriteQueue } from "./ordered_stream.ts";
import type { OutputStream } from "./ordered_stream.ts";
import { StatusLine } from "./ordered_stream.ts";

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
  /** What a person types; by default nobody is there. */
  readonly stdin?: LineSource;
  /** How wide the terminal is; 80 characters by default. */
  readonly columns?: () => number;
}

/** One of the two streams. */
export type StreamName = "stdout" | "stderr";

/** Writes results to stdout, and lines about them to stderr. */
export class Terminal {
  readonly #program: string;
  readonly #env: ColorEnvironment;
  readonly #streams: Readonly<Record<StreamName, OrderedStream>>;
  readonly #turns: WriteQueue;
  readonly #status: StatusLine | undefined;
  readonly #columns: () => number;
  /** What a person types. */
  readonly keyboard: Keyboard;

  /** Makes a terminal over its streams. */
  constructor(options: TerminalOptions) {
    const { program, env, stdout, stderr, stdin = NO_STDIN, columns = () => DEFAULT_COLUMNS } =
      options;
    this.#program = program;
    this.#env = env;
    this.#columns = columns;
    const canClear = stderr.isTerminal() && env.TERM !== "dumb";
    this.#status = canClear ? new StatusLine(stderr, columns) : undefined;
    this.#turns = new WriteQueue();
    this.#streams = {
      stdout: new OrderedStream(
        stdout,
        stdout.isTerminal() ? this.#turns : new WriteQueue(),
        this.#status,
      ),
      stderr: new OrderedStream(stderr, this.#turns, this.#status),
    };
    this.keyboard = new Keyboard(stdin, () => this.#status?.detachShown());
  }

  /** The terminal of this process, for the program called `program`. */
  static ofProcess(program: string): Terminal {
    const { stdin, stdout, stderr } = Deno;
    const env = readColorEnvironment();
    return new Terminal({ program, stdin, stdout, stderr, env, columns: readColumns });
  }

  /** Aborted once nobody reads stdout any more. */
  get outputClosed(): AbortSignal {
    return this.#streams.stdout.closed;
  }

  /** Tells whether a person looks at `stream`. */
  isTerminal(stream: StreamName): boolean {
    return this.#streams[stream].isTerminal;
  }

  /** How wide it is now, in characters. */
  get columns(): number {
    return this.#columns();
  }

  /** Tells whether there can be a status line. */
  get hasStatusLine(): boolean {
    return this.#status !== undefined;
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

  /**
   * Shows one line below everything else on a terminal, instead of the one before; an empty text
   * takes it away. Nothing happens without a status line.
   */
  status(text: string): void {
    const status = this.#status;
    if (status) this.#turns.run(() => status.replace(text));
  }

  /** Clears what the terminal shows of the keys that interrupt a program, `^C`. */
  clearInterruptEcho(): void {
    const status = this.#status;
    if (status) this.#turns.run(() => status.clearInterruptEcho());
  }

  /** Writes our own text and a newline to stdout. */
  print(text: string): Promise<void> {
    return this.write("stdout", encodeUtf8(text.endsWith("\n") ? text : `${text}\n`));
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
    this.#line(`${this.#front} ${escapeText(message, Infinity)}`);
  }

  /** Writes one finished line, such as one of a log or of a stack trace, to stderr. */
  log(line: string): void {
    this.#line(escapeText(line, Infinity));
  }

  /** Resolves when everything written so far has been taken. Call it before the process ends. */
  async flush(): Promise<void> {
    await Promise.all([this.write("stdout", NOTHING), this.write("stderr", NOTHING)]);
  }

  #say(message: string, label: "error" | "hint" | "warning"): void {
    const painted = paint(`${label}:`, label, this.hasColors("stderr"));
    this.#line(`${this.#front} ${painted} ${escapeText(message, MAX_MESSAGE)}`);
  }

  /** Nothing that a host prints can be painted. */
  get #front(): string {
    return paint(`${this.#program}:`, "own", this.hasColors("stderr"));
  }

  #line(line: string): void {
    this.write("stderr", encodeUtf8(`${line}\n`));
  }
}

/**
 * Longer messages are cut: a stranger's text may be in them. Notes and log lines are not: folded
 * names of many hosts are long, and cut JSON is none; whoever makes them bounds what is in them.
 */
const MAX_MESSAGE = 4_000;

const DEFAULT_COLUMNS = 80;
const NOTHING = new Uint8Array();

const NO_STDIN: LineSource = { read: () => Promise.resolve(null), isTerminal: () => false };

function readColumns(): number {
  try {
    return Deno.consoleSize().columns || DEFAULT_COLUMNS; // a terminal may not know how wide it is
  } catch {
    return DEFAULT_COLUMNS;
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
