/**
 * Runs `nanoexec`: parses its arguments and calls the command that they name.
 * @module
 */
import { runAgent } from "./commands/agent.ts";
import { verifyAuditFile } from "./commands/audit_verify.ts";
import { checkPolicy } from "./commands/check.ts";
import { printVersion } from "./commands/version.ts";
import { parseExecOptions } from "./exec_commands.ts";
import { completionText } from "./args/completion.ts";
import type { Terminal } from "./terminal/terminal.ts";

/**
 * Does what `args` say.
 * @returns the exit status
 */
export async function runExecProgram(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const options = parseExecOptions(args);
  switch (options.kind) {
    case "agent":
      return await runAgent(options, args, terminal);
    case "audit-verify":
      return await verifyAuditFile(options, terminal);
    case "check":
      return await checkPolicy(options, terminal);
    case "version":
      return await printVersion("nanoexec", options, terminal);
    case "completion":
      await terminal.print(completionText(options.shell, options.own));
      return 0;
    case "print":
      await terminal.print(options.text);
      return 0;
    default:
      return options satisfies never;
  }
}
