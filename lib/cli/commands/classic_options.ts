/**
 * Options of `nanotrigger --host=HOST --command=COMMAND`, the command line of the first program,
 * which has no command word. `run.ts` executes it.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import { type ExecutionChoice, executionOptions } from "../args/execution_options.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import { type DryRunChoice, dryRunOptions } from "../args/submit_options.ts";
import type { RunOptions } from "./run_options.ts";
import { hostBase, plainTarget, type TargetChoice } from "../args/target_options.ts";
import { hostNameOrAll, text } from "../args/values.ts";

interface RawClassicOptions {
  readonly what: {
    readonly host: string | undefined;
    readonly command: string | undefined;
    readonly insecure: boolean;
  };
  readonly execution: ExecutionChoice;
  readonly output: OutputChoice;
  readonly dryRunChoice: DryRunChoice;
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

/** The program without a command: like `run --shell` for one host or for ALL. */
export const classicCommand: Command<RunOptions> = defineCommand({
  name: "",
  brief: "run commands on many hosts",
  synopsis: ["[OPTION]... --host=HOST|ALL --command=LINE"],
  essentials: [],
  topics: [{
    title: "Without a command",
    text: [
      "nanotrigger --host=HOST --command=LINE is the command line of the first nanoexec. It is like " +
      "nanotrigger run --shell for one host or for ALL.",
    ],
  }],
  examples: [{
    command: "nanotrigger --host=web1.example.com --command=uptime",
    purpose: "one host, without a command word",
  }],
  exits: runStatuses,
  parser: classicParser,
  interpret: interpretClassic,
});

function classicParser(): OptionParser<RawClassicOptions> {
  return object({
    what: group(
      "Command",
      object({
        host: optional(option("-h", "--host", hostNameOrAll(), {
          description: message`run on this host, or on ALL`,
        })),
        command: optional(option("-c", "--command", text("LINE"), {
          description: message`run this line with /bin/sh -c`,
        })),
        insecure: option("--insecure", {
          description: message`send unsigned; only agents with --insecure run it`,
        }),
      }),
    ),
    execution: executionOptions(),
    output: outputOptions(),
    dryRunChoice: dryRunOptions(),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}

function interpretClassic(raw: RawClassicOptions, operands: readonly string[]): RunOptions {
  const { host, command, insecure } = raw.what;
  refuseOperands(operands);
  if (host === undefined && command === undefined) {
    throw new UserError("nothing to do", { hint: "list the commands: nanotrigger --help" });
  }
  if (host === undefined) {
    throw new UserError("no host given", {
      hint: "add --host=NAME, or --host=ALL for every host",
    });
  }
  if (command === undefined) {
    throw new UserError("no command given", { hint: `add --command='uptime'` });
  }
  if (insecure) refuseBesideInsecure(raw);
  return {
    kind: "run",
    target: classicTarget(host, raw.queue),
    command: { kind: "shell", line: command },
    stdin: undefined,
    survive: false,
    execution: raw.execution,
    output: raw.output,
    undoing: { undo: undefined, confirm: false },
    insecure,
    async: false,
    save: undefined,
    validMs: undefined,
    rollout: undefined,
    ...raw.dryRunChoice,
    ...raw.key,
    ...raw.queue,
    ...raw.log,
  };
}

function classicTarget(host: string, queue: QueueChoice): TargetChoice {
  if (host !== "ALL" && queue.expect !== undefined) {
    throw new UserError("--expect needs -a or ALL", {
      hint: "remove --expect: a named host is waited for anyway, as long as -t",
    });
  }
  return plainTarget(hostBase(host));
}

function refuseOperands(operands: readonly string[]): void {
  const [first] = operands;
  if (first === undefined) return;
  throw new UserError(`${JSON.stringify(first)} is not an option or a command`, {
    hint: "list the commands with nanotrigger --help, or write --command='LINE'",
  });
}

/**
 * Refuses other options beside `--insecure`: an unsigned command is only a line of text, and
 * returns nothing.
 */
function refuseBesideInsecure({ execution, dryRunChoice, key }: RawClassicOptions): void {
  const impossible: readonly (readonly [option: string, given: boolean])[] = [
    ["--queue-for", execution.queueForMs !== undefined],
    ["-u", execution.runTimeoutMs !== undefined],
    ["-l", execution.user !== undefined],
    ["--cwd", execution.cwd !== undefined],
    ["--env", Object.keys(execution.env).length > 0],
    ["--note", execution.note !== undefined],
    ["--secret", Object.keys(execution.secrets).length > 0],
    ["--splay", execution.splayMs !== undefined],
    ["--max-output", execution.maxOutputBytes !== undefined],
    ["--dry-run", dryRunChoice.dryRun],
    ["--key", key.key !== undefined],
  ];
  const found = impossible.find(([, given]) => given);
  if (found === undefined) return;
  throw new UserError(`${found[0]} and --insecure do not go together`, {
    hint: "remove --insecure: an unsigned command is one line of text and nothing else",
  });
}
