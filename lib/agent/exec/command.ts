/**
 * A command to run, its events and its possible ends: the types that all files about execution
 * share. Also the limits that hold for a command on every host.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { MAX_TIMER_MS } from "../../base/clock.ts";

/** What to run, as whom, where, and for how long. */
export type Command = CommandSettings & Invocation;

/** The program and its arguments. */
export type Invocation =
  /** A program with its arguments, `argv[0]` first; no shell looks at them. */
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** A text for `/bin/sh -c`. */
  | { readonly kind: "shell"; readonly command: string }
  /** A script to be put into a private file, and its arguments. */
  | { readonly kind: "script"; readonly script: Uint8Array; readonly args: readonly string[] };

/** Everything around the program. */
export interface CommandSettings {
  /** The name of the user to run as; without it, the agent's own user. Needs an agent of root's. */
  readonly user?: string;
  /** The folder to start in, absolute and free of links; `/` unless given. */
  readonly cwd?: string;
  /** More environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** More environment variables, whose values are masked in what the command prints. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the command can read on standard input; nothing unless given. */
  readonly stdin?: Uint8Array | InputStream | null;
  /** How long it may run, in whole milliseconds from 1 to 2^31 - 1. */
  readonly timeoutMs: number;
  /**
   * How many bytes of each output stream to keep, up to {@linkcode MAX_OUTPUT}: the first three
   * quarters as they come, the last quarter when the stream has ended. The command never waits.
   * `null` keeps all, without a limit: then the command waits while nobody takes its output.
   */
  readonly maxOutput: number | null;
  /**
   * Whether the command goes on when the agent is killed or stops. Then all but the middle of its
   * output is kept, up to {@linkcode MAX_OUTPUT} bytes of each stream where `maxOutput` is `null`,
   * it never waits, and it has neither secrets nor standard input.
   */
  readonly survive?: boolean;
}

/**
 * What a command reads while it runs. A piece counts as taken when the next one is asked for, so
 * that the source follows the command's pace.
 */
export interface InputStream extends AsyncIterable<Uint8Array> {
  /** Nobody reads any more: the iteration ends, even one that waits. */
  close(): void;
}

/** The largest limit for a kept output stream, in bytes. */
export const MAX_OUTPUT: number = 16 * 1024 * 1024;

/** One of the two output streams. */
export type StreamName = "stdout" | "stderr";

/** What happens while a command runs, in order; the last event is an {@linkcode ExecEnd}. */
export type ExecEvent = ExecStarted | ExecOutput | ExecEnd;

/** The command is running. Not sent for one that ends before it could start. */
export type ExecStarted = {
  readonly kind: "started";
  /** Its process id, which is also the id of its process group. */
  readonly pid: number;
};

/** A piece of output. */
export type ExecOutput = {
  readonly kind: "output";
  readonly stream: StreamName;
  /** How many bytes of this stream came before; a jump says that some were not kept. */
  readonly offset: number;
  /** At least one byte; the receiver's own. */
  readonly bytes: Uint8Array;
};

/** How a command ended. */
export type ExecEnd =
  | { readonly kind: "exited"; readonly code: number; readonly report: ExecReport }
  /** A signal that was not the agent's ended it, such as `SIGSEGV`. */
  | { readonly kind: "signalled"; readonly signal: string; readonly report: ExecReport }
  /** It ran out of time, and its process group was ended. */
  | { readonly kind: "timeout"; readonly report: ExecReport }
  /** It was called off, and its process group, if any, was ended. */
  | { readonly kind: "cancelled"; readonly report: ExecReport }
  /** It goes on without this agent, which stops: the agent's next process takes it up. */
  | { readonly kind: "left" }
  /** Nobody knows how it ended. */
  | { readonly kind: "lost"; readonly reason: string }
  | ExecFailure;

/** The command was not run at all. */
export type ExecFailure = {
  readonly kind: "failed";
  /** Which rule refused it, for programs. */
  readonly code: FailureCode;
  /** Why, for people. */
  readonly reason: string;
};

/** Why a command was not run. */
export type FailureCode =
  /** No such program; what a shell answers with 127. */
  | "not-found"
  /** The program is there but cannot be executed; what a shell answers with 126. */
  | "not-executable"
  | "bad-argv"
  /** A script that nothing can interpret, or that could not be put into a file. */
  | "bad-script"
  | "bad-user"
  | "bad-cwd"
  | "bad-env"
  /** It cannot outlive the agent: on this host, or with what else is asked for. */
  | "bad-survive"
  /** A time or size limit that makes no sense. */
  | "bad-limit"
  /** The system could not start a process. */
  | "not-started";

/** The figures of a command that was started. */
export interface ExecReport {
  /** When it was started, by the wall clock, in milliseconds since 1970. */
  readonly startMs: number;
  /** When it had ended: as long after its start as it took, even if the wall clock was set meanwhile. */
  readonly endMs: number;
  /** How long it took, by a clock that does not jump. */
  readonly durationMs: number;
  /** What it wrote to standard output. */
  readonly stdout: StreamReport;
  /** What it wrote to standard error. */
  readonly stderr: StreamReport;
}

/** The figures of one output stream. */
export interface StreamReport {
  /** How many bytes the command wrote. */
  readonly bytes: number;
  /** How many of them were handed on. */
  readonly kept: number;
  /** SHA-256 over the bytes that were handed on, in that order, in hex. */
  readonly sha256: string;
  /** False if another process still held the stream open when the agent stopped reading it. */
  readonly complete: boolean;
}

/** Makes an {@linkcode ExecFailure}. */
export function failure(code: FailureCode, reason: string): ExecFailure {
  return { kind: "failed", code, reason };
}

/** Bounds of an argument list. The kernel takes no single argument of 128 KiB. */
const MAX_ARGUMENTS = 256;
const MAX_ARGUMENT_BYTES = 128 * 1024;

/** Says why `command`, whose words are `argv`, makes no sense; `undefined` when it does. */
export function checkCommand(
  command: Command,
  argv: readonly string[],
): ExecFailure | undefined {
  const { timeoutMs, maxOutput } = command;
  if (!isWithin(timeoutMs, 1, MAX_TIMER_MS)) {
    return failure("bad-limit", `a time limit of ${timeoutMs} ms is not within 1..${MAX_TIMER_MS}`);
  }
  if (maxOutput !== null && !isWithin(maxOutput, 0, MAX_OUTPUT)) {
    return failure("bad-limit", `${maxOutput} bytes of output are not within 0..${MAX_OUTPUT}`);
  }
  return checkArguments(argv);
}

function isWithin(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}

function checkArguments(argv: readonly string[]): ExecFailure | undefined {
  if (argv.length === 0) return failure("bad-argv", "there is no program to run");
  if (argv.length > MAX_ARGUMENTS) {
    return failure("bad-argv", `${argv.length} arguments are more than ${MAX_ARGUMENTS}`);
  }
  if (argv.some((argument) => argument.includes("\0"))) {
    return failure("bad-argv", "an argument holds a NUL");
  }
  const bytes = argv.reduce((sum, argument) => sum + encodeUtf8(argument).length + 1, 0);
  if (bytes <= MAX_ARGUMENT_BYTES) return undefined;
  return failure("bad-argv", `${bytes} bytes of arguments are more than ${MAX_ARGUMENT_BYTES}`);
}

/** What may be asked for together with it; whatever is there counts. */
export interface DetachConflicts {
  /** What it reads, in any form. */
  readonly stdin?: unknown;
  /** What it reads, if that comes while it runs. */
  readonly input?: unknown;
  /** Secrets in its environment. */
  readonly secrets?: unknown;
  /** What undoes it. */
  readonly undo?: unknown;
}

/** Says why a command cannot outlive its agent with these, if it cannot. */
export function checkDetachConflicts(
  { stdin, input, secrets, undo }: DetachConflicts,
): string | undefined {
  if (stdin !== undefined || input !== undefined) { // check: survive-input
    return "what it would read comes from the agent, and ends with it";
  }
  // check: survive-secrets
  if (secrets !== undefined) return "its output goes to disk, where secrets must not be";
  // check: survive-undo
  if (undo !== undefined) return "it is undone when the agent ends, so it cannot outlive the agent";
  return undefined;
}
