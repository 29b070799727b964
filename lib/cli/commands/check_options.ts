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
  brief: "say whether a key may run a command here, and which rule decides",
  synopsis: ["--key NAME [OPTION]... -- COMMAND [ARG]..."],
  notes: ["Nothing is run and nobody is asked: it reads the trust files of this host."],
  examples: [
    {
      command: "nanoexec check --key alice -- /usr/bin/systemctl restart nginx",
      purpose: "may alice restart nginx?",
    },
  ],
  takesCommand: true,
  parser: checkParser,
  interpret(raw, operands) {
    if (raw.key === undefined) {
      throw new UserError("nothing says whose key to check", { hint: "add --key NAME" });
    }
    if (operands.length === 0) {
      throw new UserError("there is no command to check", {
        hint: "put it last: nanoexec check --key NAME -- COMMAND [ARG]...",
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
        description: message`whose key: its comment, or the beginning of the key itself`,
      })),
      user: optional(option("-u", "--user", userName(), {
        description: message`as if the request named this user`,
      })),
      hostname: optional(option("-h", "--hostname", hostName(), {
        description: message`as the agent of this name (default: the full name of the host)`,
      })),
      trust: trustOption(),
    }),
  );
}
