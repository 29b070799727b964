/**
 * Options about the queue that a command travels through. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { path, text, url } from "./values.ts";

/** Where agents dial to, unless something else is given. */
export const DEFAULT_LISTEN_URL = "tcp://*:4444";

/** How the queue is reached; what was not given is `undefined`. */
export interface QueueChoice {
  /** Be the queue at these URLs, if no hub is running; {@linkcode DEFAULT_LISTEN_URL} if none. */
  readonly listen: readonly string[];
  /** The path of the running hub's control socket. */
  readonly control: string | undefined;
  /** When being the queue: the hosts to wait for before `ALL` is taken as complete. */
  readonly expect: string | undefined;
}

/** `--listen`, `--control` and `--expect`. */
export function queueOptions(): OptionParser<QueueChoice> {
  return group(
    "The queue",
    object({
      listen: multiple(option("--listen", url(), {
        description: message`without a running hub: be the queue here (default: tcp://*:4444)`,
      })),
      control: optional(option("--control", path("PATH"), {
        description: message`the running hub's control socket`,
      })),
      expect: optional(option("--expect", text("SET"), {
        description: message`without a running hub: wait until these hosts are there`,
      })),
    }),
  );
}
