/**
 * Options of `nanotrigger cancel`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { answerStatuses } from "../args/exit_statuses.ts";
import {
  type HubChoice,
  hubChoice,
  hubChoiceFields,
  jobOperand,
  type RawHubChoice,
} from "../args/queue_options.ts";
import { duration } from "../args/values.ts";

/** The job to cancel. */
export interface CancelOptions extends HubChoice {
  /** `last`, or the beginning of its id. */
  readonly job: string;
  /** The time for the hosts to confirm the cancel, in milliseconds. */
  readonly timeoutMs: number;
}

interface RawCancelOptions extends RawHubChoice {
  readonly how: Pick<CancelOptions, "timeoutMs">;
}

/** Covers TERM, five seconds, KILL, and the time for the answer. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The command `cancel`. */
export const cancelCommand: Command<CancelOptions> = defineCommand({
  name: "cancel",
  brief: "cancel a job",
  synopsis: ["[OPTION]... ID|last"],
  topics: [{
    title: "Effect",
    text: [
      "Each host of the job ends the command and all its child processes. Hosts that have not " +
      "received the command never receive it.",
      "The cancel is signed with your key. A host accepts it from the key that signed the command, " +
      "and from keys without restrictions.",
    ],
  }],
  examples: [{ command: "nanotrigger cancel last", purpose: "cancel the newest job" }],
  exits: answerStatuses({
    ok: "the job ended on every host",
    lost: "some host did not confirm the cancel",
  }),
  completes: ["jobs"],
  parser: cancelParser,
  interpret({ how, ...hub }, operands) {
    return { job: jobOperand(operands, "cancel"), ...how, ...hubChoice(hub) };
  },
});

function cancelParser(): OptionParser<RawCancelOptions> {
  return object({
    how: group(
      "Options",
      object({
        timeoutMs: withDefault(
          option("-t", "--timeout", duration(), {
            description: message`wait this long for the hosts to confirm (default 10s)`,
          }),
          DEFAULT_TIMEOUT_MS,
        ),
      }),
    ),
    ...hubChoiceFields(),
  });
}
