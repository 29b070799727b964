/**
 * The command line of the agent, `nanoexec`. Imports `lib/cli`.
 * @module
 */

import { agentCommand, type AgentOptions } from "./options/agent.ts";
import { auditVerifyCommand, type AuditVerifyOptions } from "./options/audit_verify.ts";
import { checkCommand, type CheckOptions } from "./options/check.ts";
import type { Program } from "./options/command_line.ts";
import { type CommonOptions, parseProgram } from "./options/program.ts";

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
