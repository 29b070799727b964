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
  brief: "explain what became of one host in one job",
  synopsis: ["[-j] HOST [ID|last]"],
  notes: [
    "Whether the target means the host, since when it is attached or away, when the command was " +
    "delivered, began and ended, which rule of the host let it run or refused it, how it ended, and " +
    "how much output there is. Without ID it is the newest job that is meant for the host.",
  ],
  examples: [
    { command: "nanotrigger why db1", purpose: "how the last command for db1 went" },
    { command: "nanotrigger why db1 1a2b3c", purpose: "why it did not run there" },
  ],
  completes: ["hosts", "jobs"],
  parser: whyParser,
  interpret({ how, ...hub }, [node, ...operands]) {
    if (node === undefined || !isNodeName(node)) {
      throw new UserError(
        node === undefined
          ? "nothing says which host"
          : `${JSON.stringify(node)} is not the name of one host`,
        { hint: "name it first: nanotrigger why HOST [ID]" },
      );
    }
    const job = operands.length === 0 ? undefined : jobOperand(operands, `why ${node}`);
    return { node, job, ...how, ...hubChoice(hub) };
  },
});

function whyParser(): OptionParser<RawWhyOptions> {
  return object({
    how: group(
      "How it is shown",
      object({ json: option("-j", "--json", { description: message`one JSON document` }) }),
    ),
    ...hubChoiceFields(),
  });
}
