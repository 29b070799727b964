/**
 * Options of `nanotrigger hub`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { plainStatuses } from "../args/exit_statuses.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { refuseOperands } from "../args/usage_checks.ts";
import { trustOption, type TrustSource } from "../args/key_options.ts";
import { duration, localPath, size, url, userName } from "../args/values.ts";

/** The options of a hub. */
export interface HubOptions extends LogChoice {
  /** The URLs for agents and for operators on other machines; the default URL if empty. */
  readonly listen: readonly string[];
  /** The path of the control socket; in the state folder if absent. */
  readonly control: string | undefined;
  /** The name of a group that may use the control socket too. */
  readonly controlGroup: string | undefined;
  /**
   * The operators that may connect from other machines, in addition to the keys in the usual files.
   */
  readonly trust: readonly TrustSource[];
  /** Whether agents of the first program may attach. */
  readonly insecure: boolean;
  /** The folder for the store; the default folder if absent. */
  readonly state: string | undefined;
  /** The time to keep ended jobs, in milliseconds. */
  readonly keepMs: number | undefined;
  /** The maximum stored output of all ended jobs, in bytes. */
  readonly keepBytes: number | undefined;
}

interface RawHubOptions {
  readonly doors: Pick<HubOptions, "listen" | "control" | "controlGroup" | "trust" | "insecure">;
  readonly store: Pick<HubOptions, "state" | "keepMs" | "keepBytes">;
  readonly log: LogChoice;
}

const MAX_KEEP_BYTES = 2 ** 40;

/** The command `hub`. */
export const hubCommand: Command<HubOptions> = defineCommand({
  name: "hub",
  brief: "run a hub",
  synopsis: ["[OPTION]..."],
  topics: [
    {
      title: "Connections",
      text: [
        "Agents connect to a hub as to any other URL. nanotrigger on this machine finds the hub by its " +
        "control socket. On other machines use --hub URL; the operator's key must be in the trust " +
        "files of the hub or in --trust. SIGHUP reloads the trust files.",
        "The hub has no operator key. It can delay and drop commands, but cannot sign or change one.",
      ],
    },
    {
      title: "State",
      text: [
        "The state folder has the known hosts and the jobs (default: hub/ in the state folder of " +
        "nanoexec). A hub that is stopped or killed continues its jobs after the next start.",
      ],
    },
  ],
  examples: [
    { command: "nanotrigger hub", purpose: "with all defaults" },
    {
      command: "nanotrigger hub --control /run/nanoexec/hub.sock --control-group ops",
      purpose: "for operators in the group ops of this machine",
    },
  ],
  exits: plainStatuses({ ok: "stopped by SIGTERM or SIGINT" }).slice(0, 2),
  parser: hubParser,
  interpret({ doors, store, log }, operands) {
    refuseOperands(operands, "hub");
    return { ...doors, ...store, ...log };
  },
});

function hubParser(): OptionParser<RawHubOptions> {
  return object({
    doors: group(
      "Access",
      object({
        listen: multiple(localOption(["--listen"], url(), {
          description: message`listen at URL (repeatable, default tcp://*:4444)`,
        })),
        control: optional(localOption(["--control"], localPath("PATH", { access: "create" }), {
          description: message`use this control socket (default DIR/control.sock)`,
        })),
        controlGroup: optional(option("--control-group", userName(), {
          description: message`let this group use the control socket as well`,
        })),
        trust: trustOption(),
        insecure: option("--insecure", {
          description: message`accept agents of the first nanoexec, unsigned commands`,
        }),
      }),
    ),
    store: group(
      "Storage",
      object({
        state: optional(
          localOption(["--state"], localPath("DIR", { type: "directory", access: "write" }), {
            description: message`keep hosts and jobs in this folder`,
          }),
        ),
        keepMs: optional(option("--keep", duration(), {
          description: message`keep ended jobs this long (default 30d)`,
        })),
        keepBytes: optional(option("--keep-size", size(MAX_KEEP_BYTES), {
          description: message`keep at most this much output of ended jobs (default 1G)`,
        })),
      }),
    ),
    log: logOptions(),
  });
}
