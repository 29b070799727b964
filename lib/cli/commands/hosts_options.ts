/**
 * Options of `nanotrigger hosts` and `nanotrigger hosts forget`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import {
  type HubChoice,
  hubChoice,
  hubChoiceFields,
  type RawHubChoice,
} from "../args/queue_options.ts";
import { refuseOperands } from "../args/usage_checks.ts";
import type { UnparsedSet } from "../args/target_options.ts";
import { nodeSet } from "../args/values.ts";

/** The options of `hosts`, which lists the known hosts. */
export interface HostsOptions extends HubChoice {
  /** Restricts the list to these sets, which are not yet parsed; all hosts if empty. */
  readonly sets: readonly UnparsedSet[];
  /** Whether each host has its own line. */
  readonly long: boolean;
  /** Whether the facts of the hosts are shown. */
  readonly facts: boolean;
  /** Whether one JSON document is printed instead. */
  readonly json: boolean;
}

/** The options of `hosts forget`. */
export interface ForgetHostsOptions extends HubChoice {
  /** The node sets to forget, not yet parsed. Never empty. */
  readonly sets: readonly string[];
}

interface RawHostsOptions extends RawHubChoice {
  readonly which: {
    readonly sets: readonly string[];
    readonly long: boolean;
    readonly facts: boolean;
    readonly json: boolean;
  };
}

/** The command `hosts`. */
export const hostsCommand: Command<HostsOptions> = defineCommand({
  name: "hosts",
  brief: "list the hosts that are known",
  synopsis: ["[-l] [--facts] [-j] [-w SET]"],
  notes: [
    "A hub knows every host that has ever attached, and since when it is attached or away. Where no " +
    "hub runs, the agents are listed whose keys you know: an agent's key is remembered when it is " +
    "asked to do something for the first time.",
  ],
  examples: [
    { command: "nanotrigger hosts", purpose: "who is attached, who is away" },
    { command: "nanotrigger hosts -l --facts -w 'web[01-20]'", purpose: "more about some of them" },
  ],
  parser: hostsParser,
  interpret({ which: { sets, facts, long, json }, ...hub }, operands) {
    refuseOperands(operands, "hosts");
    const written = sets.map((set): UnparsedSet => ({ kind: "set", option: "-w", text: set }));
    return { sets: written, long: long || facts, facts, json, ...hubChoice(hub) };
  },
});

function hostsParser(): OptionParser<RawHostsOptions> {
  return object({
    which: group(
      "Which hosts, and how",
      object({
        sets: multiple(localOption(["-w", "--nodes"], nodeSet(), {
          description: message`only these: web[01-20], db1,db2, @group`,
        })),
        long: option("-l", "--long", {
          description: message`one line for each, with agent version and key`,
        }),
        facts: option("--facts", { description: message`the same, and what it says of itself` }),
        json: option("-j", "--json", { description: message`one JSON document` }),
      }),
    ),
    ...hubChoiceFields(),
  });
}

/** The command `hosts forget`. */
export const hostsForgetCommand: Command<ForgetHostsOptions> = defineCommand({
  name: "hosts forget",
  brief: "let a host come with a new key",
  synopsis: ["SET..."],
  notes: [
    "For hosts that were set up anew. Without it their new key is refused. You forget them, and so does " +
    "the hub if one runs.",
  ],
  examples: [{
    command: "nanotrigger hosts forget 'web[1-3]'",
    purpose: "after reinstalling them",
  }],
  completes: ["hosts"],
  operandAccess: "read-names",
  parser: (): OptionParser<RawHubChoice> => object(hubChoiceFields()),
  interpret(hub, operands) {
    if (operands.length === 0) {
      throw new UserError("nothing says which host to forget", {
        hint: "name it: nanotrigger hosts forget NAME",
      });
    }
    return { sets: operands, ...hubChoice(hub) };
  },
});
