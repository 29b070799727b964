/**
 * Options of `nanotrigger cancel`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
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
  brief: "have a job stopped on all its hosts",
  synopsis: ["[OPTION]... ID|last"],
  notes: [
    "The wish is signed with your key. A host obeys if the same key signed the command, or if the key " +
    "may do everything there; it ends the command with everything that it has started. Hosts that " +
    "have not got the command yet never get it.",
  ],
  examples: [{ command: "nanotrigger cancel last", purpose: "the newest one was a mistake" }],
  completes: ["jobs"],
  parser: cancelParser,
  interpret({ how, ...hub }, operands) {
    return { job: jobOperand(operands, "cancel"), ...how, ...hubChoice(hub) };
  },
});

function cancelParser(): OptionParser<RawCancelOptions> {
  return object({
    how: group(
      "How long",
      object({
        timeoutMs: withDefault(
          option("-t", "--timeout", duration(), {
            description: message`wait so long for hosts to say that it is stopped (default: 10s)`,
          }),
          DEFAULT_TIMEOUT_MS,
        ),
      }),
    ),
    ...hubChoiceFields(),
  });
}
