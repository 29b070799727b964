/**
 * The program `nanotrigger`: from its arguments to the command that they ask for.
 * @module
 */
import { UserError } from "./errors.ts";
import { makeKey, showKey } from "./commands/keys.ts";
import { listHosts, runCommandLine } from "./commands/run.ts";
import { printVersion } from "./commands/version.ts";
import type { Terminal } from "./terminal.ts";
import { parseTriggerOptions } from "./trigger_options.ts";

/**
 * Does what `args` say.
 * @returns the exit status
 */
export async function runTriggerProgram(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const options = parseTriggerOptions(args);
  switch (options.kind) {
    case "run":
      return await runCommandLine(options, terminal);
    case "list-hosts":
      return await listHosts(options, terminal);
    case "keygen":
      return await makeKey(options, terminal);
    case "key":
      return await showKey(options, terminal);
    case "version":
      return await printVersion("nanotrigger", options, terminal);
    case "print":
      await terminal.print(options.text);
      return 0;
    case "hub":
    case "cosign":
    case "nodeset":
      throw new UserError(`"${options.kind}" is not there yet`);
    default:
      return options satisfies never;
  }
}
