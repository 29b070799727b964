/**
 * Options of `run` about what is done with a request instead of waiting for its end. Imports `lib/cli`
 * and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { duration, path } from "./values.ts";

/** What is done with it. */
export interface HandlingChoice {
  /** Hand it to the hub, print the job's id, and leave. */
  readonly async: boolean;
  /** Only say which hosts are meant. */
  readonly listHosts: boolean;
  /** Write the signed request into this file instead of sending it. */
  readonly save: string | undefined;
  /** How long a saved request is good for, in milliseconds. */
  readonly validMs: number | undefined;
}

/** The longest that any agent lets a request live: a day, in milliseconds. */
const MAX_VALID_MS = 86_400_000;

/** `--async`, `--list-hosts`, `--save` and `--valid`. */
export function handlingOptions(): OptionParser<HandlingChoice> {
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
      save: optional(option("--save", path("FILE"), {
        description: message`sign the request into this file, for cosign and send`,
      })),
      validMs: optional(option("--valid", duration(MAX_VALID_MS), {
        description: message`with --save: how long it may be sent (default: 1h, at most 24h)`,
      })),
    }),
  );
}
