/**
 * Options for looking before leaping. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";

/** What is asked for before, or instead of, running the command. */
export interface RehearsalChoice {
  /** Ask every host what it would do, and run nothing. */
  readonly dryRun: boolean;
  /** Do not ask the person at the terminal. */
  readonly yes: boolean;
}

/** `--dry-run` and `--yes`. */
export function rehearsalOptions(): OptionParser<RehearsalChoice> {
  return group(
    "Before it runs",
    object({
      dryRun: option("--dry-run", {
        description: message`ask every host what it would do and which rule decides; run nothing`,
      }),
      yes: option("-y", "--yes", { description: message`do not ask, however many hosts it is` }),
    }),
  );
}
