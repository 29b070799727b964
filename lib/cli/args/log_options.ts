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

/** The amount and format of log messages. */
export interface LogChoice {
  /** The number of `-v` flags. */
  readonly verbosity: number;
  /** The format of log lines. */
  readonly logFormat: LogFormat;
}

/** Parses `-v` and `--log-format`. */
export function logOptions(): OptionParser<LogChoice> {
  const options = group(
    "Messages",
    object({
      verbose: multiple(option("-v", "--verbose", {
        description: message`log more; -vv logs still more`,
      })),
      logFormat: withDefault(
        option("--log-format", oneOf("FORMAT", ["text", "json"]), {
          description: message`write log lines as text or json (default text)`,
        }),
        "text" as const,
      ),
    }),
  );
  return map(options, ({ verbose, logFormat }) => ({ verbosity: verbose.length, logFormat }));
}
