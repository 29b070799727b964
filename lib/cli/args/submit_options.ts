/**
 * Options for a request before it runs: dry run, question to the operator, list of hosts, saving to
 * a file, or submitting to a hub without waiting.
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

/** The settings of the question to the operator before a command starts. */
export interface AskChoice {
  /** Whether to skip the question. */
  readonly yes: boolean;
  /** The number of hosts above which the operator is asked; the default number if absent. */
  readonly askAbove: number | undefined;
}

/** The dry run, and the question to the operator. */
export interface DryRunChoice extends AskChoice {
  /** Whether every host only reports whether it would run the command. */
  readonly dryRun: boolean;
}

/** Parses `--yes` and `--ask-above`. */
export function askOptions(): OptionParser<AskChoice> {
  return group("Before the run", object(askFields()));
}

/** Parses `--dry-run`, `--yes` and `--ask-above`. */
export function dryRunOptions(): OptionParser<DryRunChoice> {
  return group(
    "Before the run",
    object({
      dryRun: option("--dry-run", {
        description: message`show what each host would do and why; run nothing`,
      }),
      ...askFields(),
    }),
  );
}

function askFields() {
  return {
    yes: option("-y", "--yes", { description: message`do not ask for confirmation` }),
    askAbove: optional(option("--ask-above", count("N", { min: 0, max: 1_000_000 }), {
      description: message`ask on a terminal above this many hosts (default 10)`,
    })),
  };
}

/** The destination of a request. */
export interface SubmitChoice {
  /** Whether to submit the request, print the job's id and exit. */
  readonly async: boolean;
  /** Whether to only list the hosts of the target. */
  readonly listHosts: boolean;
  /** The file for the signed request, instead of submitting it. */
  readonly save: string | undefined;
  /** The validity of a saved request, in milliseconds. */
  readonly validMs: number | undefined;
}

/** Parses `--async`, `--list-hosts`, `--save` and `--valid`. */
export function submitOptions(): OptionParser<SubmitChoice> {
  return group(
    "Before the run",
    object({
      listHosts: option("--list-hosts", {
        description: message`print the hosts of the target and exit`,
      }),
      async: option("--async", {
        description: message`submit to the hub, print the job ID and exit`,
      }),
      save: optional(localOption(["--save"], localPath("FILE", { access: "create" }), {
        description: message`write the signed request to FILE, for cosign and send`,
      })),
      validMs: optional(option("--valid", duration(MAX_REQUEST_LIFE_MS), {
        description: message`limit the life of a saved request (default 1h, max 24h)`,
      })),
    }),
  );
}
