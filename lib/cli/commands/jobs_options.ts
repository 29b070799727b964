/**
 * Options of `nanotrigger jobs`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import {
  type HubChoice,
  hubChoice,
  hubChoiceFields,
  type RawHubChoice,
} from "../args/queue_options.ts";
import { refuseOperands } from "../args/usage_checks.ts";
import { count, hostName } from "../args/values.ts";

/** The jobs to list. */
export interface JobsOptions extends HubChoice {
  /** The maximum number of jobs. */
  readonly limit: number;
  /** Restricts the list to jobs for this host. */
  readonly node: string | undefined;
  /** Whether one JSON document is printed instead of a table. */
  readonly json: boolean;
}

interface RawJobsOptions extends RawHubChoice {
  readonly which: Pick<JobsOptions, "limit" | "node" | "json">;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100_000;

/** The command `jobs`. */
export const jobsCommand: Command<JobsOptions> = defineCommand({
  name: "jobs",
  brief: "list the jobs of a hub",
  synopsis: ["[-n N] [-w HOST] [-j]"],
  topics: [{
    title: "Job IDs",
    text: ["Other commands accept the first 4 digits of an ID, or last for the newest job."],
  }],
  examples: [
    { command: "nanotrigger jobs", purpose: "the newest jobs" },
    { command: "nanotrigger jobs -w db1 -n 5", purpose: "jobs of one host" },
  ],
  parser: jobsParser,
  interpret({ which, ...hub }, operands) {
    refuseOperands(operands, "jobs");
    return { ...which, ...hubChoice(hub) };
  },
});

function jobsParser(): OptionParser<RawJobsOptions> {
  return object({
    which: group(
      "Options",
      object({
        limit: withDefault(
          option("-n", "--number", count("N", { min: 1, max: MAX_LIMIT }), {
            description: message`list at most N jobs (default 20)`,
          }),
          DEFAULT_LIMIT,
        ),
        node: optional(option("-w", "--node", hostName("HOST"), {
          description: message`list only jobs of this host`,
        })),
        json: option("-j", "--json", { description: message`print one JSON document` }),
      }),
    ),
    ...hubChoiceFields(),
  });
}
