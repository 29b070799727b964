/**
 * `nanotrigger hosts` and `nanotrigger hosts forget`: the agents whose keys are known. Imports
 * `lib/cli` and Optique.
 * @module
 */

import { object } from "@optique/core/constructs";
import { UserError } from "../errors.ts";
import { type CommandLine, commandLine } from "./command_line.ts";
import { refuseOperands } from "./operands.ts";

/** List the agents that are known. */
export interface HostsOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "hosts";
}

/** Forget some of them. */
export interface ForgetHostsOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "hosts-forget";
  /** The node sets to forget, not yet parsed. Never empty. */
  readonly sets: readonly string[];
}

/** The command `hosts`. */
export const hostsCommand: CommandLine<HostsOptions> = commandLine({
  name: "hosts",
  brief: "list the agents whose keys you know",
  synopsis: [""],
  notes: [
    "An agent's key is remembered when the agent is asked to do something for the first time.",
  ],
  examples: [{ command: "nanotrigger hosts", purpose: "names and fingerprints" }],
  parser: () => object({}),
  interpret(_raw, operands) {
    refuseOperands(operands, "hosts");
    return { kind: "hosts" };
  },
});

/** The command `hosts forget`. */
export const hostsForgetCommand: CommandLine<ForgetHostsOptions> = commandLine({
  name: "hosts forget",
  brief: "let a host come with a new key",
  synopsis: ["SET..."],
  notes: ["For hosts that were set up anew. Without it their new key is refused."],
  examples: [{
    command: "nanotrigger hosts forget 'web[1-3]'",
    purpose: "after reinstalling them",
  }],
  parser: () => object({}),
  interpret(_raw, operands) {
    if (operands.length === 0) {
      throw new UserError("nothing says which host to forget", {
        hint: "name it: nanotrigger hosts forget NAME",
      });
    }
    return { kind: "hosts-forget", sets: operands };
  },
});
