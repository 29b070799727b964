/**
 * Options of `nanotrigger why`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { option } from "@optique/core/primitives";
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import {
  type HubChoice,
  hubChoice,
  hubChoiceFields,
  jobOperand,
  type RawHubChoice,
} from "../args/queue_options.ts";

/** The outcome to explain. */
export interface WhyOptions extends HubChoice {
  /** The host. */
  readonly node: string;
  /** `last`, or the beginning of the job's id; the newest job of the host if absent. */
  readonly job: string | undefined;
  /** Whether one JSON document is printed instead of lines. */
  readonly json: boolean;
}

interface RawWhyOptions extends RawHubChoice {
  readonly how: Pick<WhyOptions, "json">;
}

/** The command `why`. */
export const whyCommand: Command<WhyOptions> = defineCommand({
  name: "why",
  brief: "explain a host's result",
  synopsis: ["[-j] HOST [ID|last]"],
  topics: [{
    title: "Output",
    text: [
      "Shows whether the host is in the target and attached, when the command was delivered, started " +
      "and ended, which rule allowed or refused it, its result and the size of its output. Without " +
      "ID it explains the newest job of the host.",
    ],
  }],
  examples: [
    { command: "nanotrigger why db1", purpose: "the newest job of db1" },
    { command: "nanotrigger why db1 1a2b3c", purpose: "one job" },
  ],
  completes: ["hosts", "jobs"],
  parser: whyParser,
  interpret({ how, ...hub }, [node, ...operands]) {
    if (node === undefined || !isNodeName(node)) {
      throw new UserError(
        node === undefined ? "no host given" : `${JSON.stringify(node)} is not one host name`,
        { hint: "name the host first: nanotrigger why HOST [ID]" },
      );
    }
    const job = operands.length === 0 ? undefined : jobOperand(operands, `why ${node}`);
    return { node, job, ...how, ...hubChoice(hub) };
  },
});

function whyParser(): OptionParser<RawWhyOptions> {
  return object({
    how: group(
      "Options",
      object({ json: option("-j", "--json", { description: message`print one JSON document` }) }),
    ),
    ...hubChoiceFields(),
  });
}
