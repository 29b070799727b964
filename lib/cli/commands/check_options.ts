/**
 * Options of `nanoexec check`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { policyStatuses } from "../args/exit_statuses.ts";
import { trustOption, type TrustSource } from "../args/key_options.ts";
import { hostName, text, userName } from "../args/values.ts";

/** The command to check against the policy, and its signer. */
export interface CheckOptions {
  /** The signer: a key's comment or the beginning of its public part. */
  readonly key: string;
  /** The user that the request names, if any. */
  readonly user: string | undefined;
  /** The host name of the agent; the full name of the host if absent. */
  readonly hostname: string | undefined;
  /** The sources of trusted keys; the default files if empty. */
  readonly trust: readonly TrustSource[];
  /** The command; never empty. */
  readonly argv: readonly string[];
}

interface RawCheckOptions {
  readonly key: string | undefined;
  readonly user: string | undefined;
  readonly hostname: string | undefined;
  readonly trust: readonly TrustSource[];
}

/** The command `check`. */
export const checkCommand: Command<CheckOptions> = defineCommand({
  name: "check",
  brief: "test the policy",
  synopsis: ["--key NAME [OPTION]... -- COMMAND [ARG]..."],
  topics: [{
    title: "Decision",
    text: [
      "Prints whether the key may run the command on this host, and which rule decides. It reads " +
      "the trust files of this host, runs nothing and connects to no hub.",
    ],
  }],
  examples: [
    {
      command: "nanoexec check --key alice -- /usr/bin/systemctl restart nginx",
      purpose: "may alice restart nginx",
    },
  ],
  exits: policyStatuses,
  takesCommand: true,
  parser: checkParser,
  interpret(raw, operands) {
    if (raw.key === undefined) {
      throw new UserError("no key given", { hint: "add --key NAME" });
    }
    if (operands.length === 0) {
      throw new UserError("no command given", {
        hint: "write it last: nanoexec check --key NAME -- COMMAND [ARG]...",
      });
    }
    return { ...raw, key: raw.key, argv: operands };
  },
});

function checkParser(): OptionParser<RawCheckOptions> {
  return group(
    "Options",
    object({
      key: optional(option("--key", text("NAME"), {
        description: message`check this key: its comment, or its first characters`,
      })),
      user: optional(option("-u", "--user", userName(), {
        description: message`check a request for this user (-l)`,
      })),
      hostname: optional(option("-h", "--hostname", hostName(), {
        description: message`check as this host (default: the full name of the host)`,
      })),
      trust: trustOption(),
    }),
  );
}
