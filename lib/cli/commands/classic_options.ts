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
  brief: "run commands on many hosts through one shared queue",
  synopsis: ["[OPTION]... --host=HOST|ALL --command=LINE"],
  notes: [
    "The exit status is 0 if all is well everywhere, 1 for wrong usage or a local error, and " +
    "otherwise the sum of: 2 the command failed on some host, 4 some host is lost or was not " +
    "reached, 16 refused by a host's policy. 130 means interrupted, 131 ended with Ctrl-\\ where no hub goes " +
    "on with it.",
  ],
  examples: [
    {
      command: "nanotrigger --host=web1.example.com --command=uptime",
      purpose: "one host, as with the first program",
    },
    {
      command: "nanotrigger run -w 'web[01-20]' -b -- systemctl is-active nginx",
      purpose: "many hosts, equal answers folded",
    },
  ],
  parser: classicParser,
  interpret: interpretClassic,
});

function classicParser(): OptionParser<RawClassicOptions> {
  return object({
    what: group(
      "What to run, and where",
      object({
        host: optional(option("-h", "--host", hostNameOrAll(), {
          description: message`run it on this host, or on all of them`,
        })),
        command: optional(option("-c", "--command", text("LINE"), {
          description: message`the line to give to /bin/sh -c`,
        })),
        insecure: option("--insecure", {
          description:
            message`send it unsigned, as the first program did; only agents with --insecure run it`,
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
    throw new UserError("nothing to do", { hint: "nanotrigger --help says what there is" });
  }
  if (host === undefined) {
    throw new UserError("nothing says which host is meant", {
      hint: "add --host=NAME, or --host=ALL for every host",
    });
  }
  if (command === undefined) {
    throw new UserError("there is no command to run", { hint: `add --command='uptime'` });
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
    throw new UserError("--expect is only for ALL", {
      hint: "a host that is named is waited for anyway; -t says how long",
    });
  }
  return plainTarget(hostBase(host));
}

function refuseOperands(operands: readonly string[]): void {
  const [first] = operands;
  if (first === undefined) return;
  throw new UserError(`${JSON.stringify(first)} is neither an option nor a command`, {
    hint: "nanotrigger --help lists the commands; what hosts should run goes into --command='…'",
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
    hint: "an unsigned command is one line of text and nothing else; leave --insecure out",
  });
}
