/**
 * Runs `nanotrigger`: parses its arguments and calls the command that they name.
 * @module
 */
import { confirmJob } from "./commands/confirm.ts";
import { cancelJob } from "./commands/cancel.ts";
import { completeWord } from "./commands/completion.ts";
import { copyFiles } from "./commands/copy.ts";
import { fetchFiles } from "./commands/fetch.ts";
import { generateKey, showKey } from "./commands/keys.ts";
import { showJob } from "./commands/job.ts";
import { printJobs } from "./commands/jobs.ts";
import { pingHosts } from "./commands/ping.ts";
import { explainHost } from "./commands/why.ts";
import { runHub } from "./commands/hub.ts";
import { forgetHosts, printHosts } from "./commands/hosts.ts";
import { printNodeset } from "./commands/nodeset.ts";
import { cosignRequest, sendRequest } from "./commands/saved_requests.ts";
import { printTargetHosts, runRemoteCommand } from "./commands/run.ts";
import { printVersion } from "./commands/version.ts";
import { runShell } from "./commands/shell.ts";
import { revokeLocalShell } from "./sandbox/permissions.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { parseTriggerOptions } from "./trigger_commands.ts";

/**
 * Does what `args` say.
 * @returns the exit status
 */
export async function runTriggerProgram(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const options = parseTriggerOptions(args);
  if (options.kind !== "shell") revokeLocalShell();
  switch (options.kind) {
    case "run":
      return await runRemoteCommand(options, terminal, args);
    case "shell":
      return await runShell(options, terminal);
    case "list-hosts":
      return await printTargetHosts(options, terminal);
    case "copy":
      return await copyFiles(options, terminal);
    case "hub":
      return await runHub(options, terminal);
    case "fetch":
      return await fetchFiles(options, terminal);
    case "jobs":
      return await printJobs(options, terminal);
    case "job":
      return await showJob(options, terminal);
    case "cancel":
      return await cancelJob(options, terminal);
    case "why":
      return await explainHost(options, terminal);
    case "ping":
      return await pingHosts(options, terminal);
    case "keygen":
      return await generateKey(options, terminal);
    case "key":
      return await showKey(options, terminal);
    case "version":
      return await printVersion("nanotrigger", options, terminal);
    case "completion":
      return await completeWord(options, terminal);
    case "print":
      await terminal.print(options.text);
      return 0;
    case "confirm":
      return await confirmJob(options, terminal);
    case "cosign":
      return await cosignRequest(options, terminal);
    case "send":
      return await sendRequest(options, terminal);
    case "hosts":
      return await printHosts(options, terminal);
    case "hosts-forget":
      return await forgetHosts(options, terminal);
    case "nodeset":
      return await printNodeset(options, terminal);
    default:
      return options satisfies never;
  }
}
