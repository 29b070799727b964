/**
 * Options about the queue that a command travels through. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../errors.ts";
import type { OptionParser } from "./command_line.ts";
import { refusePairs } from "./forbidden_pairs.ts";
import type { TargetChoice } from "./target_options.ts";
import { text, url } from "./values.ts";

/** Where agents dial to, unless something else is given. */
export const DEFAULT_LISTEN_URL = "tcp://*:4444";

/** Which queue it is; what was not given is `undefined`. */
export interface QueueChoice {
  /** Ask the hub there. */
  readonly hub: string | undefined;
  /** Be the queue, and listen at these URLs; {@linkcode DEFAULT_LISTEN_URL} if there are none. */
  readonly listen: readonly string[];
  /** The hosts to wait for before `ALL` is taken as complete. */
  readonly expect: string | undefined;
}

/** `--hub`, for commands that need one. */
export function hubOption(): OptionParser<Pick<QueueChoice, "hub">> {
  return group("The queue", object({ hub: hub() }));
}

/** `--hub`, `--listen` and `--expect`. */
export function queueOptions(): OptionParser<QueueChoice> {
  const options = group(
    "The queue",
    object({
      hub: hub(),
      listen: multiple(option("--listen", url(), {
        description:
          message`be the queue here for this one command; repeatable (default, where no hub runs: tcp://*:4444)`,
      })),
      expect: optional(option("--expect", text("SET"), {
        description: message`with -a or ALL: wait until these hosts have attached`,
      })),
    }),
  );
  return map(options, (choice) => {
    refusePairs({ "--hub": choice.hub !== undefined, "--listen": choice.listen.length > 0 }, [{
      pair: ["--hub", "--listen"],
      hint: "--hub asks a hub that runs, --listen is the queue without one; choose one",
    }]);
    return choice;
  });
}

/**
 * Hosts that are named are waited for anyway.
 * @throws {UserError} if `--expect` was given for other hosts than all
 */
export function refuseExpectation({ expect }: QueueChoice, { base }: TargetChoice): void {
  if (expect === undefined || base.kind === "all") return;
  throw new UserError("--expect is only for ALL", {
    hint: "hosts that are named are waited for anyway; -t says how long",
  });
}

function hub(): OptionParser<string | undefined> {
  return optional(option("--hub", url(), {
    description:
      message`ask the hub there: ipc:///PATH of its control socket, or tcp://HOST:PORT (default: the one on this machine, if it runs)`,
  }));
}
