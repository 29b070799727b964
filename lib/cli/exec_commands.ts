/**
 * The commands of `nanoexec`, and the type of all that its command line can ask for. Loads options
 * only, so that help, completion and the man page do not load the agent.
 * @module
 */

import { agentCommand, type AgentOptions } from "./commands/agent_options.ts";
import { auditVerifyCommand, type AuditVerifyOptions } from "./commands/audit_verify_options.ts";
import { checkCommand, type CheckOptions } from "./commands/check_options.ts";
import type { Program } from "./args/command.ts";
import { type CommonOptions, parseProgram } from "./args/program.ts";

/** Everything that `nanoexec` can be told to do. */
export type ExecOptions = AgentOptions | AuditVerifyOptions | CheckOptions | CommonOptions;

/** The program `nanoexec`. */
export const execProgram: Program<ExecOptions> = {
  name: "nanoexec",
  main: agentCommand,
  commands: [checkCommand, auditVerifyCommand],
};

/**
 * Reads the arguments of `nanoexec`.
 * @throws {UserError} if they are wrong
 */
export function parseExecOptions(args: readonly string[]): ExecOptions {
  return parseProgram(execProgram, args);
}
