/**
 * `nanotrigger hub`: be the queue, for as long as the process lives. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { type CommandLine, commandLine, type OptionParser } from "./command_line.ts";
import { type LogChoice, logOptions } from "./log_options.ts";
import { refuseOperands } from "./operands.ts";
import { trustOption, type TrustSource } from "./trust_options.ts";
import { path, url } from "./values.ts";

/** How to be the queue. */
export interface HubOptions extends LogChoice {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "hub";
  /** The URLs to listen on; `DEFAULT_LISTEN_URL` if none. */
  readonly listen: readonly string[];
  /** The path of the control socket; the usual one if absent. */
  readonly control: string | undefined;
  /** The folder for hosts, jobs and results; the usual one if absent. */
  readonly state: string | undefined;
  /** Whose keys may log in from other machines. */
  readonly trust: readonly TrustSource[];
  /** Also serve the agents of the first program. */
  readonly insecure: boolean;
}

interface RawHubOptions {
  readonly hub: Omit<HubOptions, "kind" | keyof LogChoice>;
  readonly log: LogChoice;
}

/** The command `hub`. */
export const hubCommand: CommandLine<HubOptions> = commandLine({
  name: "hub",
  brief: "be the queue that agents and operators share",
  synopsis: ["[OPTION]..."],
  notes: ["A hub holds no operator key: it can delay or drop a command, never make or change one."],
  examples: [
    { command: "nanotrigger hub", purpose: "listen on tcp://*:4444" },
    {
      command: "nanotrigger hub --listen tls+tcp://*:4445 --state /srv/nanoexec",
      purpose: "another URL and another place for its state",
    },
  ],
  parser: hubParser,
  interpret(raw, operands) {
    refuseOperands(operands, "hub");
    return { kind: "hub", ...raw.hub, ...raw.log };
  },
});

function hubParser(): OptionParser<RawHubOptions> {
  return object({
    hub: group(
      "Options",
      object({
        listen: multiple(option("--listen", url(), {
          description: message`listen here; repeatable (default: tcp://*:4444)`,
        })),
        control: optional(option("--control", path("PATH"), {
          description: message`the control socket for operators on this machine`,
        })),
        state: optional(option("--state", path("DIR", "directory"), {
          description: message`keep hosts, jobs and results in this folder`,
        })),
        trust: trustOption(),
        insecure: option("--insecure", {
          description: message`also serve agents of the first program, unsigned`,
        }),
      }),
    ),
    log: logOptions(),
  });
}
