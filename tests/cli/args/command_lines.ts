/**
 * Parses command lines in tests: the options that a command line has by default, and the check that
 * one is refused with exact words.
 * @module
 */
import assert from "node:assert/strict";
import { type Command, commandWords } from "../../../lib/cli/args/command.ts";
import {
  type CommandLineRequest,
  parseCommandLine,
} from "../../../lib/cli/args/parse_command_line.ts";
import { classicCommand } from "../../../lib/cli/commands/classic_options.ts";
import { runCommand, type RunOptions } from "../../../lib/cli/commands/run_options.ts";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";

/** A command line, what is said of it, and the hint if there is one. */
export type Refusal = readonly [args: readonly string[], message: string, hint?: string];

/** Asserts that `parse` refuses each command line with these very words, on one line. */
export function assertRefused(
  parse: (args: readonly string[]) => unknown,
  refusals: readonly Refusal[],
): void {
  for (const [args, message, hint] of refusals) {
    assert.throws(() => parse(args), (error: unknown) => {
      assert.ok(error instanceof UserError, `${args.join(" ")}: ${error}`);
      assert.deepEqual([error.message, error.hint], [message, hint], args.join(" "));
      assert.match(error.message, /^[^\n]*[^.\n]$/);
      return true;
    }, args.join(" "));
  }
}

/** What the options mean that were not given. */
export const DEFAULTS = {
  execution: {
    deliveryTimeoutMs: undefined,
    queueForMs: undefined,
    runTimeoutMs: undefined,
    splayMs: undefined,
    secrets: {},
    user: undefined,
    cwd: undefined,
    env: {},
    maxOutputBytes: undefined,
    note: undefined,
  },
  output: {
    format: { kind: "lines" },
    mask: undefined,
    labels: true,
    raw: false,
    quiet: false,
    progress: true,
    outdir: undefined,
    errdir: undefined,
    maxrc: false,
    okIfLost: false,
  },
  stdin: undefined,
  survive: false,
  undoing: { undo: undefined, confirm: false },
  insecure: false,
  async: false,
  save: undefined,
  validMs: undefined,
  rollout: undefined,
  dryRun: false,
  yes: false,
  askAbove: undefined,
  key: undefined,
  passphraseFile: undefined,
  listen: [],
  hub: undefined,
  expect: undefined,
  verbosity: 0,
  logFormat: "text",
} as const;

/** What the options mean that were not given to a command that asks a hub. */
export const HUB = {
  hub: undefined,
  key: undefined,
  passphraseFile: undefined,
  verbosity: 0,
  logFormat: "text",
} as const;

/** A target that begins with `base`. */
export function target(base: object, rest: object = {}): object {
  return { base, exclude: [], facts: [], select: undefined, limit: undefined, ...rest };
}

/** What one option says of hosts; a node set that `-w` gives unless said otherwise. */
export function written(text: string, option = "-w", kind = "set"): object {
  return { kind, option, text };
}

/** A target that begins with what `-w` says. */
export function sets(...texts: readonly string[]): object {
  return { kind: "sets", sets: texts.map((text) => written(text)) };
}

/** The host `web1`. */
export const WEB1: object = target({ kind: "host", name: "web1" });

/** The line `uptime`. */
export const UPTIME = { kind: "shell", line: "uptime" } as const;

/** The program `true`. */
export const TRUE = { kind: "argv", argv: ["true"] } as const;

/** The words of a command line that has no quotes. */
export function words(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

/** Reads a command line of `nanotrigger`. */
export function parseTrigger(args: readonly string[]): CommandLineRequest {
  return parseCommandLine(triggerProgram, args);
}

/** Reads a command line of `nanoexec`. */
export function parseExec(args: readonly string[]): CommandLineRequest {
  return parseCommandLine(execProgram, args);
}

/** The options of the command that a command line of `nanotrigger` names, in words or as text. */
export function parse(line: string | readonly string[]): unknown {
  return optionsOf(parseTrigger(toWords(line)));
}

/** The options of the command that is asked for. */
export function optionsOf(request: CommandLineRequest): unknown {
  assert.ok(request.kind === "command");
  return request.options;
}

/** As {@linkcode parse}, for a line that names `command`. */
export function parseFor<Options>(
  command: Command<Options>,
  line: string | readonly string[],
): Options {
  const request = parseTrigger(toWords(line));
  assert.equal(request.kind === "command" && request.command.name, command.name);
  const parsed = command.parse(toWords(line).slice(commandWords(command).length));
  assert.ok(parsed.kind === "options");
  return parsed.options;
}

/** As {@linkcode parse}, for a line that runs a command. */
export function parseRun(line: string | readonly string[]): RunOptions {
  const options = parseFor(toWords(line)[0] === "run" ? runCommand : classicCommand, line);
  assert.ok(options.kind === "run");
  return options;
}

function toWords(line: string | readonly string[]): readonly string[] {
  return typeof line === "string" ? words(line) : line;
}
