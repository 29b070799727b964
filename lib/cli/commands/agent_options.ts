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
import { plainStatuses } from "../args/exit_statuses.ts";
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
  brief: "run the commands of trusted operators",
  synopsis: ["[OPTION]... URL..."],
  essentials: ["--trust", "--user", "--hostname", "--slots", "--state", "--verbose", "--version"],
  topics: [
    {
      title: "Connection",
      text: [
        "The agent connects to the hub at URL and never listens. If a hub does not answer, the agent " +
        "tries the next URL.",
      ],
    },
    {
      title: "Trust",
      text: [
        "Without --trust, the agent trusts the keys of its build and of the trusted_keys files. " +
        "Keys in a revoked_keys file are never trusted. SIGHUP reloads these files.",
      ],
    },
  ],
  examples: [
    { command: "nanoexec tcp://hub.example.com:4444", purpose: "connect to a hub" },
    {
      command: "nanoexec -u deploy --trust ops.keys tcp://hub:4444",
      purpose: "as user deploy",
    },
  ],
  exits: plainStatuses({ ok: "stopped by SIGTERM or SIGINT" }).slice(0, 2),
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
      "Identity",
      object({
        hostname: optional(option("-h", "--hostname", hostName(), {
          description: message`use this host name (default: the full name of the host)`,
        })),
        user: optional(option("-u", "--user", userName(), {
          description: message`switch to this user and give up the rights of root`,
        })),
      }),
    ),
    trust: group(
      "Trust",
      object({
        trust: trustOption(),
        insecure: option("--insecure", {
          description: message`run unsigned commands, too: anyone at the hub may send`,
        }),
      }),
    ),
    running: group(
      "Execution",
      object({
        state: optional(
          localOption(["--state"], localPath("DIR", { type: "directory", access: "write" }), {
            description: message`keep journal, audit log and agent key in this folder`,
          }),
        ),
        slots: optional(option("--slots", count("N", { min: 1, max: 10_000 }), {
          description: message`run at most N commands at once (default 4)`,
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
      : "nanoexec --help lists options and commands";
    throw new UserError(`${JSON.stringify(operand)} is not a URL or a command`, {
      cause,
      hint,
    });
  }
}
