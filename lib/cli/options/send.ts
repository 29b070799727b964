/**
 * `nanotrigger send`: send a request that was signed before. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../errors.ts";
import { type CommandLine, commandLine, type OptionParser } from "./command_line.ts";
import { type LogChoice, logOptions } from "./log_options.ts";
import { atMostOne } from "./operands.ts";
import { type OutputChoice, outputOptions } from "./output_options.ts";
import { type QueueChoice, queueOptions } from "./queue_options.ts";
import { type ConfirmChoice, confirmOptions } from "./rehearsal_options.ts";
import { ROLLOUT_NOTE, type RolloutChoice, rolloutOptions } from "./rollout_options.ts";
import { duration } from "./values.ts";

/** What to send, and how to show what comes back. */
export interface SendOptions extends RolloutChoice, ConfirmChoice, QueueChoice, LogChoice {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "send";
  /** The file with the envelope; `-` is stdin. */
  readonly file: string;
  /** How long to try to deliver it, in milliseconds. */
  readonly deliveryTimeoutMs: number | undefined;
  /** How to show what comes back. */
  readonly output: OutputChoice;
}

interface RawSendOptions {
  readonly how: { readonly deliveryTimeoutMs: number | undefined };
  readonly rollout: RolloutChoice;
  readonly output: OutputChoice;
  readonly confirm: ConfirmChoice;
  readonly queue: QueueChoice;
  readonly log: LogChoice;
}

/** The command `send`. */
export const sendCommand: CommandLine<SendOptions> = commandLine({
  name: "send",
  brief: "send a request that was signed before",
  synopsis: ["[OPTION]... FILE"],
  notes: ["It needs no key: run --save has signed the request, perhaps cosign too.", ROLLOUT_NOTE],
  examples: [{ command: "nanotrigger send reboot.request", purpose: "when all have signed" }],
  completes: ["files"],
  parser: sendParser,
  interpret({ how, rollout, output, confirm, queue, log }, operands) {
    const file = atMostOne(operands, "file");
    if (file === undefined) {
      throw new UserError("nothing says which request to send", {
        hint: "name its file: nanotrigger send FILE",
      });
    }
    return { kind: "send", file, output, ...how, ...rollout, ...confirm, ...queue, ...log };
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
    confirm: confirmOptions(),
    queue: queueOptions(),
    log: logOptions(),
  });
}
