/**
 * Options about the queue that a command travels through. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { text, url } from "./values.ts";

/** Where agents dial to, unless something else is given. */
export const DEFAULT_LISTEN_URL = "tcp://*:4444";

/** How to be the queue; what was not given is `undefined`. */
export interface QueueChoice {
  /** Listen at these URLs; {@linkcode DEFAULT_LISTEN_URL} if there are none. */
  readonly listen: readonly string[];
  /** The hosts to wait for before `ALL` is taken as complete. */
  readonly expect: string | undefined;
}

/** `--listen` and `--expect`. */
export function queueOptions(): OptionParser<QueueChoice> {
  return group(
    "The queue",
    object({
      listen: multiple(option("--listen", url(), {
        description: message`be the queue here; repeatable (default: tcp://*:4444)`,
      })),
      expect: optional(option("--expect", text("SET"), {
        description: message`with -a or ALL: wait until these hosts have attached`,
      })),
    }),
  );
}
