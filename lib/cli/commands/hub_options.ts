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
  brief: "be the queue until stopped, for jobs that outlive their triggers",
  synopsis: ["[OPTION]..."],
  notes: [
    "Agents dial it as they dial a trigger. Triggers of this machine find it through its control " +
    "socket; those of other machines name it with --hub and log in with an operator key that is in " +
    "its trust files: /etc/nanoexec/trusted_keys, ~/.config/nanoexec/trusted_keys, --trust. It " +
    "holds no operator key: it can delay and drop commands, and never make or change one.",
    "What it knows of hosts and jobs is in its state folder. A job that is not over when the hub is " +
    "stopped, or killed, goes on when it is started again. SIGHUP has the trust files read again.",
  ],
  examples: [
    { command: "nanotrigger hub", purpose: "with everything in the usual places" },
    {
      command: "nanotrigger hub --control /run/nanoexec/hub.sock --control-group ops",
      purpose: "for all operators of this machine who are in the group ops",
    },
  ],
  parser: hubParser,
  interpret({ doors, store, log }, operands) {
    refuseOperands(operands, "hub");
    return { ...doors, ...store, ...log };
  },
});

function hubParser(): OptionParser<RawHubOptions> {
  return object({
    doors: group(
      "Who comes in",
      object({
        listen: multiple(localOption(["--listen"], url(), {
          description: message`listen here; repeatable (default: tcp://*:4444)`,
        })),
        control: optional(localOption(["--control"], localPath("PATH", { access: "create" }), {
          description: message`the control socket (default: control.sock in the state folder)`,
        })),
        controlGroup: optional(option("--control-group", userName(), {
          description: message`let this group use the control socket, too`,
        })),
        trust: trustOption(),
        insecure: option("--insecure", {
          description:
            message`let agents of the first program attach, and pass unsigned commands on`,
        }),
      }),
    ),
    store: group(
      "What it keeps",
      object({
        state: optional(
          localOption(["--state"], localPath("DIR", { type: "directory", access: "write" }), {
            description:
              message`keep hosts and jobs in this folder (default: hub in the usual state folder)`,
          }),
        ),
        keepMs: optional(option("--keep", duration(), {
          description: message`keep jobs for so long once they are over (default: 30d)`,
        })),
        keepBytes: optional(option("--keep-size", size(MAX_KEEP_BYTES), {
          description: message`keep at most so much of their output (default: 1G)`,
        })),
      }),
    ),
    log: logOptions(),
  });
}
