/**
 * Options of `nanotrigger shell`, and the run options of one typed line.
 * @module
 */

import { object } from "@optique/core/constructs";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { type ExecutionChoice, executionOptions } from "../args/execution_options.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { type OutputChoice, type OutputFormat, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions, refuseExpect } from "../args/queue_options.ts";
import { type DryRunChoice, dryRunOptions } from "../args/submit_options.ts";
import { type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";
import type { RunOptions } from "./run_options.ts";
import {
  plainTarget,
  type RawTargetOptions,
  type TargetChoice,
  targetChoice,
  targetOptions,
} from "../args/target_options.ts";

/** The options of a shell and of every command typed in it. */
export interface ShellOptions
  extends RolloutChoice, DryRunChoice, KeyChoice, QueueChoice, LogChoice {
  /** The hosts at the start. */
  readonly target: TargetChoice;
  /** The settings of the execution on the hosts. */
  readonly execution: ExecutionChoice;
  /** The presentation of the results; gathered and folded by default. */
  readonly output: OutputChoice;
}

interface RawShellOptions {
  readonly target: RawTargetOptions;
  readonly execution: ExecutionChoice;
  readonly rollout: RolloutChoice;
  readonly output: OutputChoice;
  readonly dryRunChoice: DryRunChoice;
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

const FOLDED: OutputFormat = { kind: "gathered", fold: true, headers: true, withStderr: false };

/** The command `shell`. */
export const shellCommand: Command<ShellOptions> = defineCommand({
  name: "shell",
  brief: "a prompt for commands on a set of hosts",
  synopsis: ["[OPTION]... -w SET", "[OPTION]... -w SET <FILE"],
  notes: [
    "Each line is signed and run by /bin/sh -c on every host of the set, as run --shell does, each " +
    "in a process of its own: cd and variables do not last (--cwd, --env). The queue stays open in " +
    "between, so agents stay attached.",
    "At the beginning of a line, as with clush: ? says how things are; @SET chooses other hosts, +SET " +
    "adds some, -SET leaves some out, all in the language of -w and --select (@db is the group db " +
    "if there is one); = shows answers line by line or gathered; !COMMAND runs on this machine, " +
    "for which shell alone may start /bin/sh. quit or Ctrl-D leaves. With a space in front a line is " +
    "a command whatever it begins with, and is not kept in the history.",
    "While a command runs, Enter and the first Ctrl-C say who is still to come, and a second Ctrl-C " +
    "has it stopped; neither leaves the shell. More hosts than --ask-above are asked about once, and " +
    "again when others come.",
    "Where stdin is no terminal, lines are read from it without a prompt; a set that cannot be " +
    "changed ends it, so that nothing runs on the wrong hosts. The exit status is then what those " +
    "of all lines add up to, as for run. At a prompt it is 0.",
  ],
  examples: [
    { command: "nanotrigger shell -w @web", purpose: "a prompt for the group web" },
    { command: "nanotrigger shell -a -f 20", purpose: "for all hosts, 20 at a time" },
  ],
  parser: shellParser,
  interpret: interpretShell,
});

/** Returns the options of `run` that run `line` through a shell. */
export function runOptionsForLine(options: ShellOptions, line: string): RunOptions {
  return {
    kind: "run",
    ...options,
    target: plainTarget({ kind: "all" }), // the session has resolved the hosts already
    command: { kind: "shell", line },
    stdin: undefined,
    survive: false,
    undoing: { undo: undefined, confirm: false },
    insecure: false,
    async: false,
    save: undefined,
    validMs: undefined,
  };
}

function shellParser(): OptionParser<RawShellOptions> {
  return object({
    target: targetOptions(),
    execution: executionOptions(),
    rollout: rolloutOptions(),
    output: outputOptions(),
    dryRunChoice: dryRunOptions(),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}

function interpretShell(raw: RawShellOptions, operands: readonly string[]): ShellOptions {
  refuseCommand(operands);
  refuseSingleRunOutput(raw.output);
  refuseStdin(raw);
  const { execution, queue } = raw;
  const target = targetChoice(raw.target);
  refuseExpect(queue, target);
  const format = raw.output.format.kind === "lines" ? FOLDED : raw.output.format;
  const output = { ...raw.output, format };
  return {
    ...{ target, execution, output },
    ...{ ...raw.rollout, ...raw.dryRunChoice, ...raw.key, ...queue, ...raw.log },
  };
}

function refuseCommand([first, ...more]: readonly string[]): void {
  if (first === undefined) return;
  throw new UserError(`shell does not know what to do with ${JSON.stringify(first)}`, {
    hint: `for one command: nanotrigger run -w SET --shell '${[first, ...more].join(" ")}'`,
  });
}

/** Refuses formats and folders that hold the results of one run only. */
function refuseSingleRunOutput({ format, outdir, errdir }: OutputChoice): void {
  const found = format.kind === "json"
    ? "-j"
    : format.kind === "jsonl"
    ? "--jsonl"
    : outdir !== undefined
    ? "--outdir"
    : errdir !== undefined
    ? "--errdir"
    : undefined;
  if (found === undefined) return;
  throw new UserError(`${found} is not for shell`, {
    hint: `it is for one command: nanotrigger run ${found} … --shell 'LINE'`,
  });
}

/** Refuses other uses of standard input, because the shell reads its lines from there. */
function refuseStdin({ target, queue }: RawShellOptions): void {
  if (![...target.sets, ...target.exclude, queue.expect].includes("-")) return;
  throw new UserError("- would read standard input, from where the shell has its lines", {
    hint: "read names from a file: -w ^FILE",
  });
}
