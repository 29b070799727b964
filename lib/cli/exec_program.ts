/**
 * The program `nanoexec` as a table of its commands. Options are loaded at the start; the agent and
 * the other commands are loaded when they run.
 * @module
 */

import {
  type Program,
  PROGRAM_ENVIRONMENT,
  register,
  type RegisteredCommand,
} from "./args/command.ts";
import { agentCommand } from "./commands/agent_options.ts";
import { auditVerifyCommand } from "./commands/audit_verify_options.ts";
import { checkCommand } from "./commands/check_options.ts";
import { runCommandLine } from "./run_command_line.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** Agents run the commands of operators, and `check` runs `hostname` as agents do. */
const STARTS_PROGRAMS = { startsLocalShell: true };

const COMMANDS: readonly RegisteredCommand[] = [
  register(
    checkCommand,
    async () => (await import("./commands/check.ts")).checkPolicy,
    STARTS_PROGRAMS,
  ),
  register(
    auditVerifyCommand,
    async () => (await import("./commands/audit_verify.ts")).verifyAuditFile,
  ),
];

/** The program `nanoexec`. */
export const execProgram: Program = {
  name: "nanoexec",
  about: "The agent: connect to a hub, verify signed requests and run their commands.",
  main: register(
    agentCommand,
    async () => (await import("./commands/agent.ts")).runAgent,
    STARTS_PROGRAMS,
  ),
  groups: [{ title: "Check", commands: COMMANDS }],
  commands: COMMANDS,
  examples: [
    { command: "nanoexec tcp://hub.example.com:4444", purpose: "connect to a hub" },
    { command: "nanoexec -u deploy --trust ops.keys tcp://hub:4444", purpose: "as user deploy" },
    {
      command: "nanoexec check --key alice -- /bin/systemctl stop nginx",
      purpose: "test a policy",
    },
  ],
  files: [
    [
      "/etc/nanoexec/trusted_keys, ~/.config/nanoexec/trusted_keys",
      "keys of trusted operators with their restrictions",
    ],
    ["/etc/nanoexec/revoked_keys, ~/.config/nanoexec/revoked_keys", "keys that are never trusted"],
    ["/etc/nanoexec/facts, ~/.config/nanoexec/facts", "facts of this host: lines FACT=VALUE"],
    ["/etc/nanoexec/facts.d/, ~/.config/nanoexec/facts.d/", "programs that print facts"],
    [
      "/var/lib/nanoexec/, ~/.local/state/nanoexec/",
      "state: journal, audit log and key of the agent (root, other users)",
    ],
  ],
  environment: PROGRAM_ENVIRONMENT,
};

/** Runs the command in the arguments of `nanoexec`; resolves with the exit status. */
export async function runExecProgram(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  return await runCommandLine(execProgram, args, terminal);
}
