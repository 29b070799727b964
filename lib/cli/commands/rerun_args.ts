/**
 * Rebuilds the arguments of a run for other hosts, for the hint to run it again. Returns none where
 * that is not possible: stdin was read, the command was unsigned, or the environment may hold a
 * secret.
 * @module
 */
import { classicCommand } from "./classic_options.ts";
import { runCommand } from "./run_options.ts";
import { optionTable, splitArguments, type WrittenOption } from "../args/split_arguments.ts";
import { targetOptions } from "../args/target_options.ts";

/**
 * Returns the arguments after `nanotrigger run -w SET` that repeat the run `args` on the hosts of
 * SET. `args` must be valid.
 * Returns `undefined` if the run cannot be repeated: stdin was read, the command was unsigned, or
 * the environment may hold a secret.
 */
export function rerunArgs(args: readonly string[]): readonly string[] | undefined {
  const [first, ...rest] = args;
  const isRun = first === "run";
  const { options, operands } = splitArguments(isRun ? rest : args, {
    table: optionTable((isRun ? runCommand : classicCommand).parser().usage),
    stopAtOperand: isRun,
  });
  if (options.some(isUnrepeatable)) return undefined;
  const targets = new Set([...optionTable(targetOptions().usage).keys(), "--expect"]);
  const line = options.find(({ name }) => COMMAND_OPTIONS.has(name))?.value;
  return [
    ...options.filter(({ name }) => !targets.has(name) && !COMMAND_OPTIONS.has(name)).flatMap(
      optionWords,
    ),
    ...(isRun || line === undefined ? ["--", ...operands] : ["--shell", line]),
  ];
}

/** The options of the classic form that hold the command. */
const COMMAND_OPTIONS: ReadonlySet<string> = new Set(["-c", "--command"]);

function isUnrepeatable({ name, value }: WrittenOption): boolean {
  return name === "--insecure" || name === "--env" || (name === "--stdin" && value === "-");
}

function optionWords({ name, value }: WrittenOption): readonly string[] {
  if (value === undefined) return [name];
  return name.startsWith("--") ? [`${name}=${value}`] : [name, value];
}
