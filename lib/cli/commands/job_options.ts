/**
 * Options of `nanotrigger job`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { option } from "@optique/core/primitives";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
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
  brief: "show what became of a job, as its run would have",
  synopsis: ["[OPTION]... ID|last"],
  notes: [
    "Without --follow it shows what is known now and names the hosts that have not ended; the exit " +
    "status counts those as lost (4). To leave it does not stop the job: nanotrigger cancel does.",
  ],
  examples: [
    { command: "nanotrigger job last -b", purpose: "equal answers folded" },
    { command: "nanotrigger job --follow 1a2b3c", purpose: "to its end" },
  ],
  completes: ["jobs"],
  parser: jobParser,
  interpret({ how, output, ...hub }, operands) {
    return { job: jobOperand(operands, "job"), output, ...how, ...hubChoice(hub) };
  },
});

function jobParser(): OptionParser<RawJobOptions> {
  return object({
    how: group(
      "How long",
      object({
        follow: option("--follow", { description: message`go on until every host has ended` }),
      }),
    ),
    output: outputOptions(),
    ...hubChoiceFields(),
  });
}
