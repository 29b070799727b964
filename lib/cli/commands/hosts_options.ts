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
  brief: "list known hosts",
  synopsis: ["[-l] [--facts] [-j] [-w SET]"],
  topics: [{
    title: "Known hosts",
    text: [
      "A hub knows every host that has ever attached, and since when it is attached or detached. " +
      "Without a hub, the list has the hosts whose agent keys you know. The program stores an " +
      "agent's key at the first command for its host.",
    ],
  }],
  examples: [
    { command: "nanotrigger hosts", purpose: "all known hosts" },
    { command: "nanotrigger hosts --facts -w 'web[01-20]'", purpose: "facts of some hosts" },
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
      "Options",
      object({
        sets: multiple(localOption(["-w", "--nodes"], nodeSet(), {
          description: message`list only these hosts: web[01-20], db1,db2, @group`,
        })),
        long: option("-l", "--long", {
          description: message`print one line per host, with agent version and key`,
        }),
        facts: option("--facts", {
          description: message`print one line per host, with its facts as well`,
        }),
        json: option("-j", "--json", { description: message`print one JSON document` }),
      }),
    ),
    ...hubChoiceFields(),
  });
}

/** The command `hosts forget`. */
export const hostsForgetCommand: Command<ForgetHostsOptions> = defineCommand({
  name: "hosts forget",
  brief: "forget a host's key",
  synopsis: ["SET..."],
  topics: [{
    title: "Reinstalled hosts",
    text: [
      "A reinstalled host has a new agent key. The hub and this program refuse it until both forget " +
      "the old key. This command removes the key from your known agents and from the hub, if one runs.",
    ],
  }],
  examples: [{
    command: "nanotrigger hosts forget 'web[1-3]'",
    purpose: "after reinstalling them",
  }],
  completes: ["hosts"],
  operandAccess: "read-names",
  parser: (): OptionParser<RawHubChoice> => object(hubChoiceFields()),
  interpret(hub, operands) {
    if (operands.length === 0) {
      throw new UserError("no host given", {
        hint: "name the host: nanotrigger hosts forget NAME",
      });
    }
    return { sets: operands, ...hubChoice(hub) };
  },
});
