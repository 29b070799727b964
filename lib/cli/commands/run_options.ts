/**
 * Options of `nanotrigger run`, including the command itself: argv, a shell line or a script.
 * Options that stand after the command belong to the command, and are refused where that is
 * probably a mistake.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { type Command, defineCommand, type OptionParser, type Topic } from "../args/command.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import { type ExecutionChoice, executionOptions } from "../args/execution_options.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions, refuseExpect } from "../args/queue_options.ts";
import { ROLLOUT_TOPIC, type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";
import type { SplitArguments } from "../args/split_arguments.ts";
import {
  type DryRunChoice,
  dryRunOptions,
  type SubmitChoice,
  submitOptions,
} from "../args/submit_options.ts";
import {
  type RawTargetOptions,
  type TargetChoice,
  targetChoice,
  targetOptions,
} from "../args/target_options.ts";
import { refuseStagedUndo, type UndoChoice, undoOptions } from "../args/undo_options.ts";
import { refuseConflicts } from "../args/usage_checks.ts";
import { localPath } from "../args/values.ts";
import { UserError } from "../../base/errors.ts";
import { RUN_CONFLICTS, type RunOption } from "./run_conflicts.ts";

/** The command to run. */
export type CommandChoice =
  /** A program and its arguments; never empty. */
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** A line for `/bin/sh -c`. */
  | { readonly kind: "shell"; readonly line: string }
  /** A local script file and its arguments. */
  | { readonly kind: "script"; readonly file: string; readonly args: readonly string[] };

/** The options about the command. */
export interface RawCommandOptions {
  /** `--shell` */
  readonly shell: boolean;
  /** `--script`: a file. */
  readonly script: string | undefined;
  /** `--stdin`: a file, or `-`. */
  readonly stdin: string | undefined;
  /** `-n` */
  readonly noStdin: boolean;
  /** `--survive` */
  readonly survive: boolean;
}

/** Parses `--shell`, `--script`, `--stdin`, `-n` and `--survive`. */
export function commandOptions(): OptionParser<RawCommandOptions> {
  return group(
    "Execution",
    object({
      shell: option("--shell", {
        description: message`run COMMAND, one argument, with /bin/sh -c`,
      }),
      script: optional(localOption(["--script"], localPath("FILE", { access: "read" }), {
        description: message`run a local script; operands are its arguments`,
      })),
      stdin: optional(localOption(["--stdin"], localPath("FILE", { access: "read" }), {
        description: message`send FILE, or - for stdin, to the command's stdin`,
      })),
      noStdin: option("-n", "--nostdin", {
        description: message`send nothing to the command's stdin (default)`,
      }),
      survive: option("--survive", {
        description: message`keep the command running if the agent stops`,
      }),
    }),
  );
}

/**
 * Returns the command that the operands describe.
 * @throws {UserError} if it is missing, or if a shell line has several words
 */
export function commandChoice(
  operands: readonly string[],
  { shell, script }: Pick<RawCommandOptions, "shell" | "script">,
): CommandChoice {
  if (script !== undefined) return { kind: "script", file: script, args: operands };
  const [first, ...more] = operands;
  if (first === undefined || first === "") {
    throw new UserError("no command given", {
      hint: "write it last: nanotrigger run -w SET -- COMMAND [ARG]...",
    });
  }
  if (!shell) return { kind: "argv", argv: operands };
  if (more.length > 0) {
    throw new UserError("--shell takes one argument, the whole line", {
      hint: `quote it: --shell '${operands.join(" ")}'`,
    });
  }
  return { kind: "shell", line: first };
}

/**
 * Refuses our long options after the command: `rm -r DIR --dry-run` would not be a dry run. Allows
 * short options, which have many meanings: `ls -l`.
 * @throws {UserError} if there is one
 */
export function refuseLateOption(late: readonly string[]): void {
  const [long] = late.filter((word) => word.startsWith("--"));
  if (long === undefined) return;
  throw new UserError(`${long} after the command would be part of the command`, {
    hint: "write it before the command if it is for nanotrigger, else write -- before the command",
  });
}

/**
 * Refuses a command that contains a target option, if no target is given before it.
 * @throws {UserError} if it does
 */
export function refuseLateTarget(target: RawTargetOptions, operands: readonly string[]): void {
  const named = target.all || target.host !== undefined || target.select !== undefined ||
    target.sets.length + target.groups.length + target.facts.length > 0;
  const late = operands.find((operand) => /^(-[wah]|--host|--nodes|--all)(=|$)/.test(operand));
  if (named || late === undefined) return;
  throw new UserError(`${late} after the command is part of the command`, {
    hint: "write options first: nanotrigger run -w SET -- COMMAND [ARG]...",
  });
}

/** The options for running one command. */
export interface RunOptions extends RolloutChoice, DryRunChoice, KeyChoice, QueueChoice, LogChoice {
  /** Marks a run. */
  readonly kind: "run";
  /** The hosts. */
  readonly target: TargetChoice;
  /** The command. */
  readonly command: CommandChoice;
  /** The file for the standard input of the commands; `-` is this program's own. */
  readonly stdin: string | undefined;
  /** The settings of the execution. */
  readonly execution: ExecutionChoice;
  /** The presentation of the results. */
  readonly output: OutputChoice;
  /** Whether the command continues when the agent ends. */
  readonly survive: boolean;
  /** The rollback, if any. */
  readonly undoing: UndoChoice;
  /** A word of the command that would be an option of this program before the command. */
  readonly lateOption?: string;
  /** Whether to send it unsigned, to agents of the first program and to those that allow it. */
  readonly insecure: boolean;
  /** Whether to submit it to the hub, print the job's id and exit. */
  readonly async: boolean;
  /** The file for the signed request, instead of submitting it. */
  readonly save: string | undefined;
  /** The validity of a saved request, in milliseconds. */
  readonly validMs: number | undefined;
}

/** The options of `run --list-hosts`, which only lists the hosts of the target. */
export interface ListHostsOptions extends QueueChoice, KeyChoice, LogChoice {
  /** Marks a list of hosts. Nothing runs. */
  readonly kind: "list-hosts";
  /** The target to list. */
  readonly target: TargetChoice;
}

interface RawRunOptions {
  readonly target: RawTargetOptions;
  readonly execution: ExecutionChoice;
  readonly command: RawCommandOptions;
  readonly rollout: RolloutChoice;
  readonly output: OutputChoice;
  readonly list: SubmitChoice;
  readonly undoing: UndoChoice;
  readonly dryRunChoice: DryRunChoice;
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

const RUN_TOPICS: readonly Topic[] = [
  {
    title: "Command",
    text: [
      "COMMAND runs without a shell: quotes, pipes and variables have no effect. --shell passes one " +
      "argument to /bin/sh -c. --script signs and sends the file; its #! line names the interpreter " +
      "(default /bin/sh). Options come before COMMAND; after -- no word is an option.",
    ],
  },
  {
    title: "Groups",
    text: [
      "Lines such as 'db: db[1-3]' in /etc/nanoexec/groups or ~/.config/nanoexec/groups define " +
      "groups. @SOURCE:GROUP calls the program group_source in the same folder.",
    ],
  },
  {
    title: "Times",
    terms: [
      ["TIME", "90 or 90s, 5m, 2h, 1d"],
      ["-t", "waits for detached hosts, before the command starts there"],
      ["-u", "limits the run time, after the command has started on a host"],
      ["--queue-for", "replaces -t: a hub keeps the signed request, at most 24h"],
    ],
  },
  {
    title: "Standard input",
    text: [
      "Without --stdin, commands and this program read no standard input: loops such as 'while read' " +
      "and cron jobs lose nothing. With --stdin -, all hosts wait for the slowest host. With a file, " +
      "each host reads at its own rate.",
    ],
  },
  {
    title: "Output",
    text: [
      "Gathered output is kept up to 1M per host and stream, streamed output without a limit; " +
      "--max-output changes both. The letters are those of pdsh and clush; Choria's -S is --select.",
      "--diff compares with the lowest exit code, and among those with the most common output. " +
      "--mask without -b or -L counts and shows differences from the most common output.",
    ],
  },
  {
    title: "Keyboard",
    terms: [
      ["Enter, first Ctrl-C", "show the hosts that have not ended"],
      ["second Ctrl-C", "cancel the command on its hosts"],
      ["third Ctrl-C", "exit now"],
      ["Ctrl-\\", "leave the job to the hub and exit; 131 without a hub"],
    ],
  },
  {
    title: "Detached commands",
    text: [
      "With --survive the command continues when the agent of its host stops, is upgraded or crashes. " +
      "The next agent returns the rest of the output and the result. Without --survive the command " +
      "ends with its agent and counts as lost.",
      "The beginning and the end of the output are kept, 16M per stream unless --max-output is given. " +
      "-u applies while an agent runs.",
    ],
  },
  {
    title: "Rollback",
    text: [
      "With --undo, each host runs LINE with /bin/sh -c unless the command succeeds and you confirm " +
      "in time: at the prompt of run, or later with nanotrigger confirm.",
    ],
  },
  ROLLOUT_TOPIC,
];

/** The command `run`. */
export const runCommand: Command<RunOptions | ListHostsOptions> = defineCommand({
  name: "run",
  brief: "run a command on hosts",
  synopsis: [
    "[OPTION]... -w SET [--] COMMAND [ARG]...",
    "[OPTION]... -w SET --shell 'LINE'",
    "[OPTION]... -w SET --script FILE [--] [ARG]...",
  ],
  essentials: [
    ...["-w", "-a", "-l", "-t", "-u", "--shell", "--script", "-b", "-f", "--batch"],
    ...["-k", "--dry-run"],
  ],
  topics: RUN_TOPICS,
  examples: [
    { command: "nanotrigger run -w 'web[01-20]' -b -- uptime", purpose: "fold equal output" },
    { command: "nanotrigger run -a --shell 'df -h / | tail -1'", purpose: "through a shell" },
    {
      command: "nanotrigger run -w @web --batch 10% -k -- apt-get update",
      purpose: "a rollout",
    },
    { command: "nanotrigger run -w @db -x db3 -l postgres -- psql -l", purpose: "as another user" },
    {
      command: "nanotrigger run -w @web --canary 2 --batch 10% -k -- systemctl restart app",
      purpose: "two canaries, then 10% at a time, stop at the first failure",
    },
    {
      command: "nanotrigger run -w @web --stdin site.tar -- tar -x -C /srv",
      purpose: "send a local file to standard input",
    },
    {
      command: "nanotrigger run -w fw1 --undo 'nft -f /etc/old.nft' -- nft -f /etc/new.nft",
      purpose: "roll back in two minutes unless you confirm",
    },
  ],
  exits: runStatuses,
  takesCommand: true,
  parser: runParser,
  interpret: interpretRun,
});

function runParser(): OptionParser<RawRunOptions> {
  return object({
    target: targetOptions(),
    execution: executionOptions(),
    command: commandOptions(),
    rollout: rolloutOptions(),
    undoing: undoOptions(),
    output: outputOptions(),
    list: submitOptions(),
    dryRunChoice: dryRunOptions(),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}

function interpretRun(
  raw: RawRunOptions,
  operands: readonly string[],
  { late }: Pick<SplitArguments, "late">,
): RunOptions | ListHostsOptions {
  refuseSelectLetter(raw, operands);
  refuseLateTarget(raw.target, operands);
  refuseLateOption(late);
  const { queue, log, list: { async, listHosts, save, validMs } } = raw;
  if (validMs !== undefined && save === undefined) {
    throw new UserError("--valid needs --save", {
      hint: "remove --valid: the life of a submitted request follows from -t",
    });
  }
  refuseConflicts(givenOptions(raw), RUN_CONFLICTS);
  refuseSharedStdin(raw);
  refuseStagedUndo(raw.undoing, raw.rollout);
  const target = targetChoice(raw.target);
  refuseExpect(queue, target);
  if (listHosts) return { kind: "list-hosts", target, ...queue, ...raw.key, ...log };
  return {
    kind: "run",
    target,
    command: commandChoice(operands, raw.command),
    ...(late[0] !== undefined && { lateOption: late[0] }),
    stdin: raw.command.stdin,
    survive: raw.command.survive,
    ...{ execution: raw.execution, output: raw.output, undoing: raw.undoing },
    insecure: false,
    async,
    save,
    validMs,
    ...raw.rollout,
    ...raw.dryRunChoice,
    ...raw.key,
    ...queue,
    ...log,
  };
}

function givenOptions(raw: RawRunOptions): Readonly<Record<RunOption, boolean>> {
  const { window, batch, canary, maxFailed, maxLost } = raw.rollout.rollout ?? {};
  return {
    "--async": raw.list.async,
    "--listen": raw.queue.listen.length > 0,
    "--confirm": raw.undoing.confirm,
    "--list-hosts": raw.list.listHosts,
    "--dry-run": raw.dryRunChoice.dryRun,
    "--save": raw.list.save !== undefined,
    "--secret": Object.keys(raw.execution.secrets).length > 0,
    "--shell": raw.command.shell,
    "--script": raw.command.script !== undefined,
    "--limit": raw.target.limit !== undefined,
    "--stdin": raw.command.stdin !== undefined,
    "-n": raw.command.noStdin,
    "--survive": raw.command.survive,
    "--undo": raw.undoing.undo !== undefined,
    "-f": window !== undefined,
    "--batch": batch !== undefined,
    "--canary": canary !== undefined,
    "--max-fail": maxFailed !== undefined,
    "--max-lost": maxLost !== undefined,
  };
}

/**
 * Refuses two uses of standard input: it can be read once, as host names or as input of the
 * commands.
 */
function refuseSharedStdin({ target, command, queue }: RawRunOptions): void {
  const readers = [
    ...target.sets.map((text) => ({ option: "-w", text })),
    ...target.exclude.map((text) => ({ option: "-x", text })),
    { option: "--expect", text: queue.expect },
    { option: "--stdin", text: command.stdin },
  ].filter(({ text }) => text === "-");
  const [first, second] = readers;
  if (first === undefined || second === undefined) return;
  throw new UserError(`${first.option} - and ${second.option} - both read standard input`, {
    hint: "read one of them from a file: -w ^FILE, --stdin FILE",
  });
}

/**
 * Refuses `-S EXPR`, which selects hosts in Choria. Here `-S` is a flag, and EXPR would become the
 * command.
 */
function refuseSelectLetter(raw: RawRunOptions, operands: readonly string[]): void {
  const [first = ""] = operands;
  if (!raw.output.maxrc || !/[\s=]/.test(first) || !operands.includes("--")) return;
  throw new UserError("-S takes no value: it selects the largest exit code as the status", {
    hint: `did you mean --select ${JSON.stringify(first)}?`,
  });
}
