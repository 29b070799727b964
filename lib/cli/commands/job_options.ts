/**
 * Options of `nanotrigger job`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { option } from "@optique/core/primitives";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import {
  type HubChoice,
  hubChoice,
  hubChoiceFields,
  jobOperand,
  type RawHubChoice,
} from "../args/queue_options.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";

/** The job to show, and its presentation. */
export interface JobOptions extends HubChoice {
  /** `last`, or the beginning of its id. */
  readonly job: string;
  /** Whether to follow the job to its end. */
  readonly follow: boolean;
  /** The presentation of the results. */
  readonly output: OutputChoice;
}

interface RawJobOptions extends RawHubChoice {
  readonly how: Pick<JobOptions, "follow">;
  readonly output: OutputChoice;
}

/** The command `job`. */
export const jobCommand: Command<JobOptions> = defineCommand({
  name: "job",
  brief: "show a job's results",
  synopsis: ["[OPTION]... ID|last"],
  essentials: ["--follow", "-b", "-L", "--diff", "-j", "--outdir", "-S", "--hub", "--key", "-v"],
  topics: [{
    title: "Results",
    text: [
      "Shows output and results as run does. Without --follow it shows the present state and names " +
      "the hosts that have not ended; they count as lost in the exit status (4). Ctrl-C does not " +
      "cancel the job; nanotrigger cancel does.",
    ],
  }],
  examples: [
    { command: "nanotrigger job last -b", purpose: "fold equal output" },
    { command: "nanotrigger job --follow 1a2b3c", purpose: "until the job ends" },
  ],
  exits: runStatuses,
  completes: ["jobs"],
  parser: jobParser,
  interpret({ how, output, ...hub }, operands) {
    return { job: jobOperand(operands, "job"), output, ...how, ...hubChoice(hub) };
  },
});

function jobParser(): OptionParser<RawJobOptions> {
  return object({
    how: group(
      "Wait",
      object({
        follow: option("--follow", { description: message`wait until every host has ended` }),
      }),
    ),
    output: outputOptions(),
    ...hubChoiceFields(),
  });
}
