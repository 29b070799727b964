/**
 * Options for log messages: `-v` and `--log-format`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { LogFormat } from "../log/log.ts";
import type { OptionParser } from "./command.ts";
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
  const options = group(
    "Messages",
    object({
      verbose: multiple(option("-v", "--verbose", {
        description: message`say more; twice for even more`,
      })),
      logFormat: withDefault(
        option("--log-format", oneOf("FORMAT", ["text", "json"]), {
          description: message`log lines as text (the default) or as json`,
        }),
        "text" as const,
      ),
    }),
  );
  return map(options, ({ verbose, logFormat }) => ({ verbosity: verbose.length, logFormat }));
}
