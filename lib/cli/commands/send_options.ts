/**
 * Options of `nanotrigger send`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { optionalOperand } from "../args/usage_checks.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import { type AskChoice, askOptions } from "../args/submit_options.ts";
import { ROLLOUT_NOTE, type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";
import { duration } from "../args/values.ts";

/** The request to send, and the presentation of the results. */
export interface SendOptions extends RolloutChoice, AskChoice, QueueChoice, LogChoice {
  /** The file with the envelope; `-` is stdin. */
  readonly file: string;
  /** The delivery timeout in milliseconds. */
  readonly deliveryTimeoutMs: number | undefined;
  /** The presentation of the results. */
  readonly output: OutputChoice;
}

interface RawSendOptions {
  readonly how: { readonly deliveryTimeoutMs: number | undefined };
  readonly rollout: RolloutChoice;
  readonly output: OutputChoice;
  readonly confirm: AskChoice;
  readonly queue: QueueChoice;
  readonly log: LogChoice;
}

/** The command `send`. */
export const sendCommand: Command<SendOptions> = defineCommand({
  name: "send",
  brief: "send a request that was signed before",
  synopsis: ["[OPTION]... FILE"],
  notes: ["It needs no key: run --save has signed the request, perhaps cosign too.", ROLLOUT_NOTE],
  examples: [{ command: "nanotrigger send reboot.request", purpose: "when all have signed" }],
  completes: ["files"],
  operandAccess: "read",
  parser: sendParser,
  interpret({ how, rollout, output, confirm, queue, log }, operands) {
    const file = optionalOperand(operands, "file");
    if (file === undefined) {
      throw new UserError("nothing says which request to send", {
        hint: "name its file: nanotrigger send FILE",
      });
    }
    return { file, output, ...how, ...rollout, ...confirm, ...queue, ...log };
  },
});

function sendParser(): OptionParser<RawSendOptions> {
  return object({
    how: group(
      "How it is sent",
      object({
        deliveryTimeoutMs: optional(option("-t", "--delivery-timeout", duration(), {
          description:
            message`give up on hosts that it has not reached by then: 90, 5m, 2h (default: 10s)`,
        })),
      }),
    ),
    rollout: rolloutOptions(),
    output: outputOptions(),
    confirm: askOptions(),
    queue: queueOptions(),
    log: logOptions(),
  });
}
