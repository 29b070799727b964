/**
 * Options of `nanotrigger confirm`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { optionalOperand } from "../args/usage_checks.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import {
  type RawTargetOptions,
  type TargetChoice,
  targetChoice,
  targetOptions,
} from "../args/target_options.ts";
import { duration } from "../args/values.ts";

/** The job to confirm, and its hosts. */
export interface ConfirmOptions extends KeyChoice, QueueChoice, LogChoice {
  /** The id of the request. */
  readonly job: string;
  /** The hosts that keep the change. */
  readonly target: TargetChoice;
  /** The time to wait for the hosts, in milliseconds. */
  readonly deliveryTimeoutMs: number | undefined;
}

interface RawConfirmOptions {
  readonly target: RawTargetOptions;
  readonly how: { readonly deliveryTimeoutMs: number | undefined };
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

/** The command `confirm`. */
export const confirmCommand: Command<ConfirmOptions> = defineCommand({
  name: "confirm",
  brief: "let stay what a command with --undo has changed",
  synopsis: ["[OPTION]... -w SET JOB"],
  notes: [
    "JOB is the id that run --undo has shown. Whoever signed the request can confirm it, and whoever " +
    "may do everything on the host. What nobody confirms in time, hosts undo by themselves.",
  ],
  examples: [{
    command: "nanotrigger confirm -w 'fw[1-2]' 0123456789abcdef0123456789abcdef",
    purpose: "they can still be reached: keep it",
  }],
  parser: confirmParser,
  interpret({ target, how, queue, key, log }, operands) {
    const job = optionalOperand(operands, "job");
    if (job === undefined || !/^[0-9a-f]{32}$/.test(job)) {
      throw new UserError(
        job === undefined
          ? "nothing says which job to confirm"
          : `${JSON.stringify(job)} is no job`,
        { hint: "name the id that run --undo has shown, 32 hexadecimal digits" },
      );
    }
    return { job, target: targetChoice(target), ...how, ...queue, ...key, ...log };
  },
});

function confirmParser(): OptionParser<RawConfirmOptions> {
  return object({
    target: targetOptions(),
    how: group(
      "How it is sent",
      object({
        deliveryTimeoutMs: optional(option("-t", "--delivery-timeout", duration(), {
          description: message`give up on hosts that it has not reached by then (default: 10s)`,
        })),
      }),
    ),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}
