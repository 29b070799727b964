/**
 * Options of `nanoexec URL…`, the agent.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { trustOption, type TrustSource } from "../args/key_options.ts";
import { count, hostName, localPath, readUrl, userName } from "../args/values.ts";

/** The options of the agent. */
export interface AgentOptions extends LogChoice {
  /** The URLs of the queues to connect to. If empty, the build must contain one. */
  readonly urls: readonly string[];
  /** The user to switch to, completely and before anything else. */
  readonly user: string | undefined;
  /** The host name of the agent; the full name of the host if absent. */
  readonly hostname: string | undefined;
  /** Whether to run unsigned commands too. */
  readonly insecure: boolean;
  /** The trusted operator keys, in addition to those of the build and the usual files. */
  readonly trust: readonly TrustSource[];
  /** The folder for the journal and the agent's own key; the default folder if absent. */
  readonly state: string | undefined;
  /** The maximum number of concurrent commands, if given. */
  readonly slots: number | undefined;
}

interface RawAgentOptions {
  readonly identity: { readonly user: string | undefined; readonly hostname: string | undefined };
  readonly trust: { readonly trust: readonly TrustSource[]; readonly insecure: boolean };
  readonly running: { readonly state: string | undefined; readonly slots: number | undefined };
  readonly log: LogChoice;
}

/** The program without a command. */
export const agentCommand: Command<AgentOptions> = defineCommand({
  name: "",
  brief: "run what trusted operators send through a shared queue",
  synopsis: ["[OPTION]... URL..."],
  notes: [
    "It dials out to the queue and never listens. With several URLs it moves on to the next " +
    "when one does not answer. Without --trust it obeys the keys baked into it, and those in " +
    "/etc/nanoexec/trusted_keys and ~/.config/nanoexec/trusted_keys. Keys in a revoked_keys beside " +
    "them are never obeyed. SIGHUP has these files read again.",
  ],
  examples: [
    { command: "nanoexec tcp://master.example.com:4444", purpose: "serve one master" },
    {
      command: "nanoexec --user deploy --trust ops.keys tcp://master:4444",
      purpose: "with the rights of the user deploy, for these operators",
    },
  ],
  operandAccess: "socket",
  parser: agentParser,
  interpret(raw, operands) {
    const urls = operands.map(urlOperand);
    return {
      urls,
      ...raw.identity,
      ...raw.trust,
      ...raw.running,
      ...raw.log,
    };
  },
});

function agentParser(): OptionParser<RawAgentOptions> {
  return object({
    identity: group(
      "Who it is",
      object({
        hostname: optional(option("-h", "--hostname", hostName(), {
          description: message`answer to this name (default: the full name of the host)`,
        })),
        user: optional(option("-u", "--user", userName(), {
          description: message`become this user, with nothing of root's left`,
        })),
      }),
    ),
    trust: group(
      "Whom it obeys",
      object({
        trust: trustOption(),
        insecure: option("--insecure", {
          description: message`also run unsigned commands, from anybody who holds the queue`,
        }),
      }),
    ),
    running: group(
      "How it runs",
      object({
        state: optional(
          localOption(["--state"], localPath("DIR", { type: "directory", access: "write" }), {
            description: message`keep journal, audit log and the agent's own key in this folder`,
          }),
        ),
        slots: optional(option("--slots", count("N", { min: 1, max: 10_000 }), {
          description: message`run at most so many commands at once (default: 4)`,
        })),
      }),
    ),
    log: logOptions(),
  });
}

function urlOperand(operand: string): string {
  try {
    return readUrl(operand);
  } catch (cause) {
    // People write `master:4444`. Anything else may be a misspelt command.
    const hint = /^[A-Za-z0-9.-]+:\d+$/.test(operand)
      ? `did you mean tcp://${operand}?`
      : "nanoexec --help says what there is";
    throw new UserError(`${JSON.stringify(operand)} is neither a URL nor a command`, {
      cause,
      hint,
    });
  }
}
