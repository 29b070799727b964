/**
 * The command line of the trigger, `nanotrigger`. Imports `lib/cli`.
 * @module
 */

import { cancelCommand, type CancelOptions } from "./options/cancel.ts";
import { classicCommand } from "./options/classic.ts";
import { confirmCommand, type ConfirmOptions } from "./options/confirm.ts";
import { copyCommandLine, type CopyOptions } from "./options/copy.ts";
import { cosignCommand, type CosignOptions } from "./options/cosign.ts";
import { fetchCommandLine, type FetchOptions } from "./options/fetch.ts";
import {
  type ForgetHostsOptions,
  hostsCommand,
  hostsForgetCommand,
  type HostsOptions,
} from "./options/hosts.ts";
import { hubCommand, type HubOptions } from "./options/hub.ts";
import { jobCommand, type JobOptions } from "./options/job.ts";
import { jobsCommand, type JobsOptions } from "./options/jobs.ts";
import { keyCommand, type KeyOptions } from "./options/key.ts";
import { keygenCommand, type KeygenOptions } from "./options/keygen.ts";
import { sendCommand, type SendOptions } from "./options/send.ts";
import { pingCommand, type PingOptions } from "./options/ping.ts";
import { nodesetCommand, type NodesetOptions } from "./options/nodeset.ts";
import { whyCommand, type WhyOptions } from "./options/why.ts";
import type { Program } from "./options/command_line.ts";
import { type CommonOptions, parseProgram } from "./options/program.ts";
import { type ListHostsOptions, runCommand, type RunOptions } from "./options/run.ts";

import { shellCommand, type ShellOptions } from "./options/shell.ts";

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
  | KeyOptions
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
    copyCommandLine,
    fetchCommandLine,
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
