/**
 * The program `nanoexec` as a table of its commands. Options are loaded at the start; the agent and
 * the other commands are loaded when they run.
 * @module
 */

import { type Program, register } from "./args/command.ts";
import { agentCommand } from "./commands/agent_options.ts";
import { auditVerifyCommand } from "./commands/audit_verify_options.ts";
import { checkCommand } from "./commands/check_options.ts";
import { runCommandLine } from "./run_command_line.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** Agents run the commands of operators, and `check` runs `hostname` as agents do. */
const STARTS_PROGRAMS = { startsLocalShell: true };

/** The program `nanoexec`. */
export const execProgram: Program = {
  name: "nanoexec",
  main: register(
    agentCommand,
    async () => (await import("./commands/agent.ts")).runAgent,
    STARTS_PROGRAMS,
  ),
  commands: [
    register(
      checkCommand,
      async () => (await import("./commands/check.ts")).checkPolicy,
      STARTS_PROGRAMS,
    ),
    register(
      auditVerifyCommand,
      async () => (await import("./commands/audit_verify.ts")).verifyAuditFile,
    ),
  ],
};

/** Runs the command in the arguments of `nanoexec`; resolves with the exit status. */
export async function runExecProgram(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  return await runCommandLine(execProgram, args, terminal);
}
