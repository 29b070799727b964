/**
 * Options for looking before leaping. Imports `lib/cli`.
 * @module
 */

import { flag, group, type OptionParser } from "./option_parser.ts";

/** What is asked for before, or instead of, running the command. */
export interface RehearsalChoice {
  /** Ask every host what it would do, and run nothing. */
  readonly dryRun: boolean;
  /** Do not ask the person at the terminal. */
  readonly yes: boolean;
}

/** `--dry-run` and `--yes`. */
export function rehearsalOptions(): OptionParser<RehearsalChoice> {
  return group("Before it runs", {
    dryRun: flag(
      "--dry-run",
      "ask every host what it would do and which rule decides; run nothing",
    ),
    yes: flag("-y, --yes", "do not ask, however many hosts it is"),
  });
}
