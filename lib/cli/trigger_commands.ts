/**
 * The commands of `nanotrigger`, and the type of all that its command line can ask for. Loads
 * options only, so that help, completion and the man page do not load the commands themselves.
 * @module
 */

import { cancelCommand, type CancelOptions } from "./commands/cancel_options.ts";
import { classicCommand } from "./commands/classic_options.ts";
import { confirmCommand, type ConfirmOptions } from "./commands/confirm_options.ts";
import { copyCommand, type CopyOptions } from "./commands/copy_options.ts";
import { cosignCommand, type CosignOptions } from "./commands/cosign_options.ts";
import { fetchCommand, type FetchOptions } from "./commands/fetch_options.ts";
import {
  type ForgetHostsOptions,
  hostsCommand,
  hostsForgetCommand,
  type HostsOptions,
} from "./commands/hosts_options.ts";
import { hubCommand, type HubOptions } from "./commands/hub_options.ts";
import { jobCommand, type JobOptions } from "./commands/job_options.ts";
import { jobsCommand, type JobsOptions } from "./commands/jobs_options.ts";
import { keyCommand, type ShowKeyOptions } from "./commands/keys_options.ts";
import { keygenCommand, type KeygenOptions } from "./commands/keys_options.ts";
import { sendCommand, type SendOptions } from "./commands/send_options.ts";
import { pingCommand, type PingOptions } from "./commands/ping_options.ts";
import { nodesetCommand, type NodesetOptions } from "./commands/nodeset_options.ts";
import { whyCommand, type WhyOptions } from "./commands/why_options.ts";
import type { Program } from "./args/command.ts";
import { type CommonOptions, parseProgram } from "./args/program.ts";
import { type ListHostsOptions, runCommand, type RunOptions } from "./commands/run_options.ts";

import { shellCommand, type ShellOptions } from "./commands/shell_options.ts";

/** Everything that `nanotrigger` can be told to do. */
export type TriggerOptions =
  | RunOptions
  | ListHostsOptions
  | ShellOptions
  | CopyOptions
  | HubOptions
  | JobsOptions
  | JobOptions
  | CancelOptions
  | WhyOptions
  | PingOptions
  | FetchOptions
  | KeygenOptions
  | ShowKeyOptions
  | ConfirmOptions
  | CosignOptions
  | SendOptions
  | HostsOptions
  | ForgetHostsOptions
  | NodesetOptions
  | CommonOptions;

/** The program `nanotrigger`. */
export const triggerProgram: Program<TriggerOptions> = {
  name: "nanotrigger",
  main: classicCommand,
  commands: [
    runCommand,
    shellCommand,
    confirmCommand,
    copyCommand,
    fetchCommand,
    sendCommand,
    cosignCommand,
    jobsCommand,
    jobCommand,
    cancelCommand,
    whyCommand,
    pingCommand,
    hubCommand,
    keygenCommand,
    keyCommand,
    hostsCommand,
    hostsForgetCommand,
    nodesetCommand,
  ],
};

/**
 * Reads the arguments of `nanotrigger`.
 * @throws {UserError} if they are wrong
 */
export function parseTriggerOptions(args: readonly string[]): TriggerOptions {
  return parseProgram(triggerProgram, args);
}
