/**
 * The request, which an operator signs: the command, its hosts, its user, its deadline, and its
 * rollback (`undo`) if nobody confirms it.
 * @module
 */
import {
  base64,
  boolean,
  integer,
  list,
  literal,
  object,
  oneOf,
  optional,
  record,
  type Schema,
  text,
  union,
  utf8Length,
  withRule,
} from "../encoding/schema.ts";
import { EnvelopeError } from "../errors.ts";
import { publicKeyFromBase64 } from "../keys/public_key.ts";
import { definePayloadType, type PayloadType } from "../signing/payload_type.ts";
import { note, requestId, target, unixMillis, USER_NAME } from "./body_fields.ts";
import { type SecretsDigest, secretsDigest } from "./secrets.ts";

/** A program and its arguments, passed on as they are. */
export interface ArgvRun {
  /** Which of the variants this is. */
  readonly kind: "argv";
  /** The program's path or name, then its arguments: 1 to 256, together at most 128 KiB. */
  readonly argv: readonly string[];
}

/** A text for `/bin/sh -c`. */
export interface ShellRun {
  /** Which of the variants this is. */
  readonly kind: "shell";
  /** At most 128 KiB, not empty. */
  readonly command: string;
}

/** A script that comes with the request, and its arguments. */
export interface ScriptRun {
  /** Which of the variants this is. */
  readonly kind: "script";
  /** Its bytes as base64: at most 128 KiB. Its first line may name an interpreter (`#!`). */
  readonly script: string;
  /** Its arguments: at most 253, together at most 128 KiB. */
  readonly args: readonly string[];
}

/** What the command reads on standard input, when it comes while it runs. */
export interface StreamedInput {
  /** The public key, 32 bytes in base64, that every block of it is signed with. */
  readonly key: string;
  /**
   * Where it may begin: `anywhere` is for a command that says itself where it goes on, and that
   * looks at the whole when it has it.
   */
  readonly from: "start" | "anywhere";
}

/** What is to be run. */
export type Run = ArgvRun | ShellRun | ScriptRun;

/** The body of a request, version 1. Fields are on the wire in this order. */
export interface Request {
  /** The version of this form. */
  readonly v: 1;
  /** 32 hex digits, 128 random bits; runs at most once on each host. */
  readonly id: string;
  /** When it was signed, in Unix milliseconds. */
  readonly issued: number;
  /** The last moment at which it may begin to run, in Unix milliseconds. */
  readonly expires: number;
  /** The target in its canonical spelling, without groups; each agent evaluates it for itself. */
  readonly target: string;
  /** What to run. */
  readonly run: Run;
  /** The name of the user to run as; never a number. */
  readonly user?: string;
  /** The absolute path of the folder to run in. */
  readonly cwd?: string;
  /** Environment variables on top of the agent's fixed ones: at most 128. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the command reads on standard input: at most 64 KiB, as base64. */
  readonly stdin?: string;
  /** Instead of that: what it reads comes in blocks while it runs. */
  readonly input?: StreamedInput;
  /** How long the command may run, in milliseconds: at most an hour. */
  readonly timeoutMs: number;
  /** Each host waits a part of this time before it begins, in milliseconds: at most an hour. */
  readonly splayMs?: number;
  /**
   * Whether it is held: each host starts it only when a signer of this request, or a key without
   * restrictions, has signed a release for that host and this body. Never if absent.
   */
  readonly hold?: true;
  /** Which secrets come with it, as environment variables; their values travel beside it. */
  readonly secrets?: SecretsDigest;
  /** What undoes it where it fails or nobody confirms it. */
  readonly undo?: Undo;
  /**
   * How many bytes are kept of stdout, and as many of stderr: at most 16 MiB. All if absent: then
   * the command waits while nobody takes its output.
   */
  readonly maxOutput?: number;
  /** `check` asks what would be done, and by which rule, and runs nothing. */
  readonly mode: "run" | "check";
  /** Whether the command outlives its agent. */
  readonly survive: boolean;
  /** For people, shown with the job: at most 200 bytes. */
  readonly note?: string;
}

/** The most arguments, the program included. */
export const MAX_ARGV_ITEMS = 256;
/** The most bytes that a command may have: all arguments with a NUL behind each, or the shell text. */
export const MAX_COMMAND_BYTES = 131_072;
/** The most bytes of a script. */
export const MAX_SCRIPT_BYTES = 131_072;
/** The most arguments of a script: its interpreter, that one's option and its path come on top. */
export const MAX_SCRIPT_ARGS = 253;
/** The most bytes on standard input. */
export const MAX_STDIN_BYTES = 65_536;
/** The longest time that a command may run, in milliseconds. */
export const MAX_TIMEOUT_MS = 3_600_000;
/** The longest time over which hosts are spread, in milliseconds. */
export const MAX_SPLAY_MS = 3_600_000;
/** The most bytes kept of one output stream. */
export const MAX_OUTPUT_BYTES = 16_777_216;

const run: Schema<Run> = union<Run>({
  argv: object<ArgvRun>({
    kind: literal("argv"),
    argv: withRule(
      // check: word-count
      list(text({ maxBytes: MAX_COMMAND_BYTES }), { min: 1, max: MAX_ARGV_ITEMS }),
      checkArgv,
    ),
  }),
  shell: object<ShellRun>({
    kind: literal("shell"),
    command: text({ min: 1, maxBytes: MAX_COMMAND_BYTES }), // check: shell-text
  }),
  script: object<ScriptRun>({
    kind: literal("script"),
    script: base64({ min: 1, max: MAX_SCRIPT_BYTES }),
    args: withRule(
      list(text({ maxBytes: MAX_COMMAND_BYTES }), { min: 0, max: MAX_SCRIPT_ARGS }),
      checkLength,
    ),
  }),
});

const input: Schema<StreamedInput> = object<StreamedInput>({
  key: withRule(base64({ min: 32, max: 32 }), checkKey),
  from: oneOf("start", "anywhere"),
});

/** A field of a request. */
export interface Undo {
  /** A text for `/bin/sh -c`: at most 32 KiB, not empty. */
  readonly command: string;
  /** How long the agent waits for a confirmation once the command has ended, in milliseconds. */
  readonly withinMs: number;
}

/** The longest undo command, in bytes. */
export const MAX_UNDO_COMMAND_BYTES = 32_768;
/** The longest time in which a request can be confirmed, in milliseconds: a day. */
export const MAX_CONFIRM_WITHIN_MS = 86_400_000;

/** The schema of the field. */
export const undo: Schema<Undo> = object<Undo>({
  command: text({ min: 1, maxBytes: MAX_UNDO_COMMAND_BYTES }),
  withinMs: integer(1_000, MAX_CONFIRM_WITHIN_MS),
});

/** Requests, as operators sign them. */
export const requestType: PayloadType<Request> = definePayloadType(
  "request",
  withRule(
    object<Request>({
      v: literal(1), // check: request-version
      id: requestId,
      issued: unixMillis,
      expires: unixMillis,
      target,
      run,
      user: optional(text({ maxBytes: 64, pattern: USER_NAME })), // check: request-user
      // check: request-folder
      cwd: optional(text({ maxBytes: 4_096, pattern: /^\// })),
      env: optional(record({
        name: /^[A-Z_][A-Z0-9_]{0,63}$/, // check: variable-name
        value: text({ maxBytes: 32_768 }), // check: variable-length
        max: 128, // check: variable-count
      })),
      stdin: optional(base64({ max: MAX_STDIN_BYTES })), // check: stdin-length
      input: optional(input),
      timeoutMs: integer(1, MAX_TIMEOUT_MS), // check: time-limit
      splayMs: optional(integer(1, MAX_SPLAY_MS)),
      hold: optional(literal(true)),
      secrets: optional(secretsDigest),
      undo: optional(undo),
      maxOutput: optional(integer(0, MAX_OUTPUT_BYTES)), // check: output-limit
      mode: oneOf("run", "check"), // check: request-mode
      survive: boolean(),
      note: optional(note),
    }),
    checkInput,
  ),
);

function checkArgv(argv: readonly string[]): string | undefined {
  return argv[0] === "" ? "names no program" : checkLength(argv); // check: program-named
}

function checkLength(words: readonly string[]): string | undefined {
  const bytes = words.reduce((sum, word) => sum + utf8Length(word) + 1, 0);
  // check: words-length
  return bytes > MAX_COMMAND_BYTES ? `is longer than ${MAX_COMMAND_BYTES} bytes` : undefined;
}

function checkInput({ stdin, input }: Request): string | undefined {
  return stdin !== undefined && input ? "has both stdin and input" : undefined;
}

function checkKey(key: string): string | undefined {
  try {
    publicKeyFromBase64(key);
    return undefined;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return `cannot be used: ${error.message}`;
  }
}
