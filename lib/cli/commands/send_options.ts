/**
 * Options of `nanotrigger send`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import { deliveryTimeoutOption } from "../args/execution_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { optionalOperand } from "../args/usage_checks.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import { type AskChoice, askOptions } from "../args/submit_options.ts";
import { ROLLOUT_TOPIC, type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";

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
  brief: "submit a saved request",
  synopsis: ["[OPTION]... FILE"],
  essentials: ["-t", "-f", "--batch", "--canary", "-k", "-b", "-L", "-j", "-y", "--hub", "-v"],
  topics: [
    {
      title: "Request",
      text: [
        "FILE is a request of run --save, or - for stdin. No key is needed: run --save and cosign " +
        "have signed the request.",
      ],
    },
    ROLLOUT_TOPIC,
  ],
  examples: [{ command: "nanotrigger send reboot.request", purpose: "after all have signed" }],
  exits: runStatuses,
  completes: ["files"],
  operandAccess: "read",
  parser: sendParser,
  interpret({ how, rollout, output, confirm, queue, log }, operands) {
    const file = optionalOperand(operands, "file");
    if (file === undefined) {
      throw new UserError("no request given", {
        hint: "name the file: nanotrigger send FILE",
      });
    }
    return { file, output, ...how, ...rollout, ...confirm, ...queue, ...log };
  },
});

function sendParser(): OptionParser<RawSendOptions> {
  return object({
    how: group(
      "Execution",
      object({
        deliveryTimeoutMs: deliveryTimeoutOption(),
      }),
    ),
    rollout: rolloutOptions(),
    output: outputOptions(),
    confirm: askOptions(),
    queue: queueOptions(),
    log: logOptions(),
  });
}
