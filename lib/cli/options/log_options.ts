/**
 * Options about what the program says of itself. Imports `lib/cli`.
 * @module
 */

import type { LogFormat } from "../log.ts";
import { group, mapped, type OptionParser, repeatedFlag, single } from "./option_parser.ts";
import { oneOf } from "./values.ts";

/** How much is logged, and how. */
export interface LogChoice {
  /** How often `-v` was given. */
  readonly verbosity: number;
  /** How log lines look. */
  readonly logFormat: LogFormat;
}

/** `-v` and `--log-format`. */
export function logOptions(): OptionParser<LogChoice> {
  const options = group("Messages", {
    verbosity: repeatedFlag("-v, --verbose", "say more; twice for even more"),
    logFormat: single(
      "--log-format",
      oneOf("FORMAT", ["text", "json"]),
      "log lines as text (the default) or as json",
    ),
  });
  return mapped(options, ({ verbosity, logFormat = "text" }) => ({ verbosity, logFormat }));
}
