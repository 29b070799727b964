/**
 * Options for looking before leaping. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { count } from "./values.ts";

/** Whether a person is asked before a command goes out. */
export interface ConfirmChoice {
  /** Do not ask the person at the terminal. */
  readonly yes: boolean;
  /** Ask when it is more hosts than this; the usual number if absent. */
  readonly askAbove: number | undefined;
}

/** What is asked for before, or instead of, running the command. */
export interface RehearsalChoice extends ConfirmChoice {
  /** Ask every host what it would do, and run nothing. */
  readonly dryRun: boolean;
}

/** `--yes` and `--ask-above`. */
export function confirmOptions(): OptionParser<ConfirmChoice> {
  return group("Before it runs", object(confirmFields()));
}

/** `--dry-run`, `--yes` and `--ask-above`. */
export function rehearsalOptions(): OptionParser<RehearsalChoice> {
  return group(
    "Before it runs",
    object({
      dryRun: option("--dry-run", {
        description: message`ask every host what it would do and which rule decides; run nothing`,
      }),
      ...confirmFields(),
    }),
  );
}

function confirmFields() {
  return {
    yes: option("-y", "--yes", { description: message`do not ask, however many hosts it is` }),
    askAbove: optional(option("--ask-above", count("N", { min: 0, max: 1_000_000 }), {
      description: message`on a terminal, ask before it goes to more hosts than this (default: 10)`,
    })),
  };
}
