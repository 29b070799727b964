/**
 * Options that `copy` and `fetch` share: user and timeouts.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { MAX_TIMEOUT_MS } from "../../envelope/statements/request.ts";
import { UserError } from "../../base/errors.ts";
import type { OptionParser } from "./command.ts";
import type { OutputChoice } from "./output_options.ts";
import { duration, userName } from "./values.ts";

/** How files are brought from here to there or back; what was not given is `undefined`. */
export interface TransferChoice {
  /** As whom, on the hosts. */
  readonly user: string | undefined;
  /** How long to try to reach a host, in milliseconds. */
  readonly deliveryTimeoutMs: number | undefined;
  /** How long one file may take on one host, in milliseconds. */
  readonly runTimeoutMs: number | undefined;
}

/** `-l`, `-t` and `-u`. */
export function transferOptions(): OptionParser<TransferChoice> {
  return group(
    "How it is copied",
    object({
      user: optional(option("-l", "--login", userName(), {
        description: message`do it as this user of the hosts`,
      })),
      deliveryTimeoutMs: optional(option("-t", "--delivery-timeout", duration(), {
        description:
          message`give up on hosts that it has not reached by then: 90, 5m, 2h (default: 10s)`,
      })),
      runTimeoutMs: optional(option("-u", "--run-timeout", duration(MAX_TIMEOUT_MS), {
        description: message`how long one file may take on a host (default, and most: 1h)`,
      })),
    }),
  );
}

/**
 * `-j` promises one document, and there is one for each file.
 * @throws {UserError} if there are several of `files`
 */
export function refuseDocuments(files: number, { format }: Pick<OutputChoice, "format">): void {
  if (files === 1 || format.kind !== "json") return;
  throw new UserError("-j is for one file at a time", { hint: "--jsonl shows any number of them" });
}
