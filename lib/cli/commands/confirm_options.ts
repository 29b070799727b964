/**
 * Options of `nanotrigger confirm`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import { deliveryTimeoutOption } from "../args/execution_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { EXIT_STOPPED } from "../process/exit_code.ts";
import { optionalOperand } from "../args/usage_checks.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import {
  type RawTargetOptions,
  type TargetChoice,
  targetChoice,
  targetOptions,
} from "../args/target_options.ts";

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
  brief: "confirm a change",
  synopsis: ["[OPTION]... -w SET JOB"],
  essentials: ["-w", "-g", "-a", "-x", "-t", "--hub", "--key", "-v"],
  topics: [{
    title: "Confirmation",
    text: [
      "JOB is the ID that run --undo has printed. A host accepts the confirmation from the key that " +
      "signed the request, and from keys without restrictions. Without one, the host rolls back.",
    ],
  }],
  examples: [{
    command: "nanotrigger confirm -w 'fw[1-2]' 0123456789abcdef0123456789abcdef",
    purpose: "keep the change",
  }],
  exits: runStatuses.filter(({ status }) => status !== EXIT_STOPPED),
  parser: confirmParser,
  interpret({ target, how, queue, key, log }, operands) {
    const job = optionalOperand(operands, "job");
    if (job === undefined || !/^[0-9a-f]{32}$/.test(job)) {
      throw new UserError(
        job === undefined ? "no job given" : `invalid job ID: ${JSON.stringify(job)}`,
        { hint: "use the ID that run --undo has printed, 32 hexadecimal digits" },
      );
    }
    return { job, target: targetChoice(target), ...how, ...queue, ...key, ...log };
  },
});

function confirmParser(): OptionParser<RawConfirmOptions> {
  return object({
    target: targetOptions(),
    how: group(
      "Execution",
      object({
        deliveryTimeoutMs: deliveryTimeoutOption(),
      }),
    ),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}
