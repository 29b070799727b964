/**
 * Options for a request before it runs: dry run, question to the operator, list of hosts, save to a
 * file, or submit to a hub without waiting.
 * @module
 */
import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "./local_option.ts";
import type { OptionParser } from "./command.ts";
import { count, duration, localPath } from "./values.ts";

/** Whether a person is asked before a command goes out. */
export interface AskChoice {
  /** Do not ask the person at the terminal. */
  readonly yes: boolean;
  /** Ask when it is more hosts than this; the usual number if absent. */
  readonly askAbove: number | undefined;
}

/** What is asked for before, or instead of, running the command. */
export interface DryRunChoice extends AskChoice {
  /** Ask every host what it would do, and run nothing. */
  readonly dryRun: boolean;
}

/** `--yes` and `--ask-above`. */
export function askOptions(): OptionParser<AskChoice> {
  return group("Before it runs", object(askFields()));
}

/** `--dry-run`, `--yes` and `--ask-above`. */
export function dryRunOptions(): OptionParser<DryRunChoice> {
  return group(
    "Before it runs",
    object({
      dryRun: option("--dry-run", {
        description: message`ask every host what it would do and which rule decides; run nothing`,
      }),
      ...askFields(),
    }),
  );
}

function askFields() {
  return {
    yes: option("-y", "--yes", { description: message`do not ask, however many hosts it is` }),
    askAbove: optional(option("--ask-above", count("N", { min: 0, max: 1_000_000 }), {
      description: message`on a terminal, ask before it goes to more hosts than this (default: 10)`,
    })),
  };
}

/** What is done with it. */
export interface SubmitChoice {
  /** Hand it to the hub, print the job's id, and leave. */
  readonly async: boolean;
  /** Only say which hosts are meant. */
  readonly listHosts: boolean;
  /** Write the signed request into this file instead of sending it. */
  readonly save: string | undefined;
  /** How long a saved request is good for, in milliseconds. */
  readonly validMs: number | undefined;
}

/** `--async`, `--list-hosts`, `--save` and `--valid`. */
export function submitOptions(): OptionParser<SubmitChoice> {
  return group(
    "Before it runs",
    object({
      listHosts: option("--list-hosts", {
        description: message`print which hosts are meant, and stop`,
      }),
      async: option("--async", {
        description:
          message`leave it to the hub: print the job's id alone once the hub has it, and end`,
      }),
      save: optional(localOption(["--save"], localPath("FILE", { access: "create" }), {
        description: message`sign the request into this file, for cosign and send`,
      })),
      validMs: optional(option("--valid", duration(MAX_REQUEST_LIFE_MS), {
        description: message`with --save: how long it may be sent (default: 1h, at most 24h)`,
      })),
    }),
  );
}
