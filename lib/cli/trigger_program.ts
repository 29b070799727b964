/**
 * The program `nanotrigger` as a table of its commands. Options are loaded at the start, the
 * commands when they run.
 * @module
 */

import { type CommandGroup, type Program, PROGRAM_ENVIRONMENT, register } from "./args/command.ts";
import { cancelCommand } from "./commands/cancel_options.ts";
import { classicCommand } from "./commands/classic_options.ts";
import { confirmCommand } from "./commands/confirm_options.ts";
import { copyCommand } from "./commands/copy_options.ts";
import { cosignCommand } from "./commands/cosign_options.ts";
import { fetchCommand } from "./commands/fetch_options.ts";
import { hostsCommand, hostsForgetCommand } from "./commands/hosts_options.ts";
import { hubCommand } from "./commands/hub_options.ts";
import { jobCommand } from "./commands/job_options.ts";
import { jobsCommand } from "./commands/jobs_options.ts";
import { keyCommand, keygenCommand } from "./commands/keys_options.ts";
import { nodesetCommand } from "./commands/nodeset_options.ts";
import { pingCommand } from "./commands/ping_options.ts";
import { runCommand } from "./commands/run_options.ts";
import { sendCommand } from "./commands/send_options.ts";
import { shellCommand } from "./commands/shell_options.ts";
import { whyCommand } from "./commands/why_options.ts";
import { runCommandLine } from "./run_command_line.ts";
import type { Terminal } from "./terminal/terminal.ts";

const GROUPS: readonly CommandGroup[] = [
  {
    title: "Run",
    commands: [
      register(runCommand, async () => (await import("./commands/run.ts")).runRemoteCommand),
      register(shellCommand, async () => (await import("./commands/shell.ts")).runShell, {
        startsLocalShell: true,
      }),
      register(copyCommand, async () => (await import("./commands/copy.ts")).copyFiles),
      register(fetchCommand, async () => (await import("./commands/fetch.ts")).fetchFiles),
    ],
  },
  {
    title: "Jobs",
    commands: [
      register(jobsCommand, async () => (await import("./commands/jobs.ts")).printJobs),
      register(jobCommand, async () => (await import("./commands/jobs.ts")).showJob),
      register(cancelCommand, async () => (await import("./commands/cancel.ts")).cancelJob),
      register(whyCommand, async () => (await import("./commands/jobs.ts")).explainHost),
    ],
  },
  {
    title: "Approve",
    commands: [
      register(confirmCommand, async () => (await import("./commands/confirm.ts")).confirmJob),
      register(
        cosignCommand,
        async () => (await import("./commands/saved_request.ts")).cosignRequest,
      ),
      register(sendCommand, async () => (await import("./commands/saved_request.ts")).sendRequest),
    ],
  },
  {
    title: "Hosts",
    commands: [
      register(hostsCommand, async () => (await import("./commands/hosts.ts")).printHosts),
      register(hostsForgetCommand, async () => (await import("./commands/hosts.ts")).forgetHosts),
      register(pingCommand, async () => (await import("./commands/ping.ts")).pingHosts),
      register(nodesetCommand, async () => (await import("./commands/nodeset.ts")).printNodeset),
    ],
  },
  {
    title: "Set up",
    commands: [
      register(keygenCommand, async () => (await import("./commands/keys.ts")).generateKey),
      register(keyCommand, async () => (await import("./commands/keys.ts")).showKey),
      register(hubCommand, async () => (await import("./commands/hub.ts")).runHub),
    ],
  },
];

/** The program `nanotrigger`. */
export const triggerProgram: Program = {
  name: "nanotrigger",
  about: "Sign commands, run them on many hosts and show the results.",
  main: register(classicCommand, async () => (await import("./commands/run.ts")).runRemoteCommand),
  groups: GROUPS,
  commands: GROUPS.flatMap(({ commands }) => commands),
  examples: [
    { command: "nanotrigger keygen", purpose: "create your key" },
    { command: "nanotrigger run -a -b -- uptime", purpose: "run on all hosts" },
    { command: "nanotrigger job last --follow", purpose: "follow the newest job" },
  ],
  files: [
    ["~/.config/nanoexec/operator.key", "your secret key"],
    ["~/.config/nanoexec/known_agents", "known agent keys"],
    ["/etc/nanoexec/groups, ~/.config/nanoexec/groups", "groups of hosts"],
    [
      "/etc/nanoexec/group_source, ~/.config/nanoexec/group_source",
      "program that prints the hosts of groups of other sources",
    ],
    [
      "/etc/nanoexec/trusted_keys, ~/.config/nanoexec/trusted_keys",
      "keys of operators that may log in to a hub",
    ],
    ["/etc/nanoexec/revoked_keys, ~/.config/nanoexec/revoked_keys", "keys that are never trusted"],
    ["~/.local/state/nanoexec/shell_history", "history of nanotrigger shell"],
    [
      "/var/lib/nanoexec/hub/, ~/.local/state/nanoexec/hub/",
      "control socket, known hosts and jobs of a hub (root, other users)",
    ],
  ],
  environment: [
    ...PROGRAM_ENVIRONMENT,
    ["USER, LOGNAME", "user name in the default comment of a new key"],
  ],
  loadNames: async () => (await import("./commands/name_completion.ts")).findNames,
};

/** Runs the command in the arguments of `nanotrigger`; resolves with the exit status. */
export async function runTriggerProgram(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  return await runCommandLine(triggerProgram, args, terminal);
}
