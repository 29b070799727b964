/**
 * Options of `nanotrigger shell`, and the run options of one typed line.
 * @module
 */

import { object } from "@optique/core/constructs";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import { type ExecutionChoice, executionOptions } from "../args/execution_options.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { type OutputChoice, type OutputFormat, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions, refuseExpect } from "../args/queue_options.ts";
import { type DryRunChoice, dryRunOptions } from "../args/submit_options.ts";
import { ROLLOUT_TOPIC, type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";
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
  brief: "run commands at a prompt",
  synopsis: ["[OPTION]... -w SET", "[OPTION]... -w SET <FILE"],
  essentials: [
    ...[
      "-w",
      "-g",
      "-a",
      "-x",
      "-t",
      "-u",
      "-l",
      "--cwd",
      "-f",
      "--batch",
      "--hub",
      "-v",
    ],
  ],
  topics: [
    {
      title: "Lines",
      terms: [
        ["LINE", "run LINE with /bin/sh -c on every host of the set"],
        ["?", "show the hosts, the settings and the job"],
        ["@SET", "select other hosts; @db is the group db if there is one"],
        ["+SET, -SET", "add hosts, remove hosts; -w and --select have the same syntax"],
        ["=", "switch between streamed and gathered output"],
        ["!COMMAND", "run COMMAND on this machine with /bin/sh"],
        ["quit, Ctrl-D", "leave the shell"],
      ],
      text: [
        "A line with a space in front is always a command and is not kept in the history. Each line " +
        "runs in its own process: cd and variables do not last (use --cwd and --env). The connection " +
        "to the hub stays open between lines.",
      ],
    },
    {
      title: "Keyboard",
      text: [
        "While a command runs, Enter and the first Ctrl-C show the hosts that have not ended. The " +
        "second Ctrl-C cancels the command. Neither leaves the shell. The program asks once above " +
        "--ask-above hosts, and again when hosts are added.",
      ],
    },
    {
      title: "Input from a file",
      text: [
        "If stdin is no terminal, the shell reads its lines without a prompt. It ends if a set " +
        "cannot be selected, so that no line runs on the wrong hosts. The exit status is the sum of " +
        "all lines, as for run. At a prompt it is 0.",
      ],
    },
    ROLLOUT_TOPIC,
  ],
  examples: [
    { command: "nanotrigger shell -w @web", purpose: "for the group web" },
    { command: "nanotrigger shell -a -f 20", purpose: "20 hosts at a time" },
  ],
  exits: runStatuses,
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
  throw new UserError(`unexpected argument of shell: ${JSON.stringify(first)}`, {
    hint: `for one command use nanotrigger run -w SET --shell '${[first, ...more].join(" ")}'`,
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
  throw new UserError(`${found} and shell do not go together`, {
    hint: `use it for one command: nanotrigger run ${found} … --shell 'LINE'`,
  });
}

/** Refuses other uses of standard input, because the shell reads its lines from there. */
function refuseStdin({ target, queue }: RawShellOptions): void {
  if (![...target.sets, ...target.exclude, queue.expect].includes("-")) return;
  throw new UserError("- reads standard input, and so does the shell", {
    hint: "read the names from a file: -w ^FILE",
  });
}
