/**
 * Types of a command, its events and its possible ends, which all files about execution share. Also
 * the limits of a command, which are the same on every host.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { MAX_TIMER_MS } from "../../base/clock.ts";

/** A command: what to run, as which user, where, and how long. */
export type Command = CommandSettings & Invocation;

/** The program and its arguments. */
export type Invocation =
  /** A program with its arguments, `argv[0]` first, without a shell. */
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** A text for `/bin/sh -c`. */
  | { readonly kind: "shell"; readonly command: string }
  /** A script, which the agent stores in a private file, and its arguments. */
  | { readonly kind: "script"; readonly script: Uint8Array; readonly args: readonly string[] };

/** The settings of a command, besides the program. */
export interface CommandSettings {
  /**
   * The user to run as; by default the agent's own user. Another user needs an agent that runs as
   * root.
   */
  readonly user?: string;
  /** The working folder, absolute and without links; `/` by default. */
  readonly cwd?: string;
  /** More environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Secret environment variables, whose values are masked in the output. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Standard input; empty by default. */
  readonly stdin?: Uint8Array | InputStream | null;
  /** The time limit, in whole milliseconds from 1 to 2^31 - 1. */
  readonly timeoutMs: number;
  /**
   * How many bytes of each output stream to keep, up to {@linkcode MAX_OUTPUT}: the first three
   * quarters as they arrive, the last quarter after the end. The command then never waits. `null`
   * keeps everything; the command then waits for a slow receiver.
   */
  readonly maxOutput: number | null;
  /**
   * Whether the command outlives the agent. The middle of its output is then dropped beyond
   * {@linkcode MAX_OUTPUT} bytes per stream, even if `maxOutput` is `null`. It never waits for a
   * receiver, and has neither secrets nor standard input.
   */
  readonly survive?: boolean;
}

/**
 * Streamed standard input. The iteration ends only at the end of the input. A piece counts as consumed when the next one is requested, so that the
 * source follows the command's pace.
 */
export interface InputStream extends AsyncIterable<Uint8Array> {
  /** Stops reading: the iteration throws, even one that waits, unless the input has ended. */
  close(): void;
}

/** The largest `maxOutput`, in bytes. */
export const MAX_OUTPUT: number = 16 * 1024 * 1024;

/** The name of an output stream. */
export type StreamName = "stdout" | "stderr";

/** An event of a running command, in order; the last one is an {@linkcode ExecEnd}. */
export type ExecEvent = ExecStarted | ExecOutput | ExecEnd;

/** The command is running. Not sent for a command that ends before it starts. */
export type ExecStarted = {
  readonly kind: "started";
  /** Its process id and process group id. */
  readonly pid: number;
};

/** A piece of output. */
export type ExecOutput = {
  readonly kind: "output";
  readonly stream: StreamName;
  /** The offset in the stream. A gap means that bytes were dropped. */
  readonly offset: number;
  /** At least one byte; the receiver owns them. */
  readonly bytes: Uint8Array;
};

/** How a command ended. */
export type ExecEnd =
  | { readonly kind: "exited"; readonly code: number; readonly report: ExecReport }
  /** A signal from outside the agent ended it, such as `SIGSEGV`. */
  | { readonly kind: "signalled"; readonly signal: string; readonly report: ExecReport }
  /** The time limit passed, and its process group was ended. */
  | { readonly kind: "timeout"; readonly report: ExecReport }
  /** It was cancelled, and its process group, if any, was ended. */
  | { readonly kind: "cancelled"; readonly report: ExecReport }
  /** It outlives this agent, and the agent's next process resumes it. */
  | { readonly kind: "left" }
  /** The end is unknown. */
  | { readonly kind: "lost"; readonly reason: string }
  | ExecFailure;

/** The command did not run. */
export type ExecFailure = {
  readonly kind: "failed";
  /** The rule that refused it, for programs. */
  readonly code: FailureCode;
  /** The reason, for people. */
  readonly reason: string;
};

/** Why a command did not run. */
export type FailureCode =
  /** The program does not exist; a shell exits with 127. */
  | "not-found"
  /** The program is not executable; a shell exits with 126. */
  | "not-executable"
  | "bad-argv"
  /** A script without an interpreter, or one that could not be stored. */
  | "bad-script"
  | "bad-user"
  | "bad-cwd"
  | "bad-env"
  /** It cannot outlive the agent on this host, or with its other options. */
  | "bad-survive"
  /** A time or size limit is out of range. */
  | "bad-limit"
  /** The system failed to start a process. */
  | "not-started";

/** The figures of a command that was started. */
export interface ExecReport {
  /** The start by the wall clock, in milliseconds since 1970. */
  readonly startMs: number;
  /** The start plus the duration, so that a clock change does not affect it. */
  readonly endMs: number;
  /** The duration by the monotonic clock, in milliseconds. */
  readonly durationMs: number;
  /** The figures of standard output. */
  readonly stdout: StreamReport;
  /** The figures of standard error. */
  readonly stderr: StreamReport;
}

/** The figures of one output stream. */
export interface StreamReport {
  /** How many bytes the command wrote. */
  readonly bytes: number;
  /** How many of them were sent. */
  readonly kept: number;
  /** Hex SHA-256 over the sent bytes, in order. */
  readonly sha256: string;
  /** False if another process still held the stream open when the agent stopped reading. */
  readonly complete: boolean;
}

/** Creates an {@linkcode ExecFailure}. */
export function failure(code: FailureCode, reason: string): ExecFailure {
  return { kind: "failed", code, reason };
}

/** Limits of an argument list. The kernel rejects a single argument of 128 KiB. */
const MAX_ARGUMENTS = 256;
const MAX_ARGUMENT_BYTES = 128 * 1024;

/** Returns why `command`, whose words are `argv`, is invalid; `undefined` if it is valid. */
export function checkCommand(
  command: Command,
  argv: readonly string[],
): ExecFailure | undefined {
  const { timeoutMs, maxOutput } = command;
  if (!isWithin(timeoutMs, 1, MAX_TIMER_MS)) {
    return failure(
      "bad-limit",
      `time limit of ${timeoutMs} ms is not between 1 and ${MAX_TIMER_MS}`,
    );
  }
  if (maxOutput !== null && !isWithin(maxOutput, 0, MAX_OUTPUT)) {
    return failure(
      "bad-limit",
      `output limit of ${maxOutput} bytes is not between 0 and ${MAX_OUTPUT}`,
    );
  }
  return checkArguments(argv);
}

function isWithin(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}

function checkArguments(argv: readonly string[]): ExecFailure | undefined {
  if (argv.length === 0) return failure("bad-argv", "no program given");
  if (argv.length > MAX_ARGUMENTS) {
    return failure("bad-argv", `too many arguments: ${argv.length}, limit ${MAX_ARGUMENTS}`);
  }
  if (argv.some((argument) => argument.includes("\0"))) {
    return failure("bad-argv", "argument holds a NUL byte");
  }
  const bytes = argv.reduce((sum, argument) => sum + encodeUtf8(argument).length + 1, 0);
  if (bytes <= MAX_ARGUMENT_BYTES) return undefined;
  return failure("bad-argv", `arguments too long: ${bytes} bytes, limit ${MAX_ARGUMENT_BYTES}`);
}

/** Options that exclude a detached command, if any is present. */
export interface DetachConflicts {
  /** Standard input, in any form. */
  readonly stdin?: unknown;
  /** Streamed standard input. */
  readonly input?: unknown;
  /** Secret environment variables. */
  readonly secrets?: unknown;
  /** A rollback command. */
  readonly undo?: unknown;
}

/** Returns why a command with these options cannot outlive its agent; `undefined` if it can. */
export function checkDetachConflicts(
  { stdin, input, secrets, undo }: DetachConflicts,
): string | undefined {
  if (stdin !== undefined || input !== undefined) { // check: survive-input
    return "--survive excludes standard input, which ends with the agent";
  }
  // check: survive-secrets
  if (secrets !== undefined) return "--survive excludes secrets, because its output goes to disk";
  // check: survive-undo
  if (undo !== undefined) return "--survive excludes --undo, which rolls back when the agent ends";
  return undefined;
}
