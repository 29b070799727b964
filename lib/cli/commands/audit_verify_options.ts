/**
 * Options of `nanoexec audit verify`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { localOption } from "../args/local_option.ts";
import { type Command, defineCommand } from "../args/command.ts";
import { optionalOperand } from "../args/usage_checks.ts";
import { localPath } from "../args/values.ts";

/** The audit log to check. */
export interface AuditVerifyOptions {
  /** The log file; the one in the state folder if absent. */
  readonly file: string | undefined;
  /** The agent's state folder; the default folder if absent. */
  readonly state: string | undefined;
}

/** The command `audit verify`. */
export const auditVerifyCommand: Command<AuditVerifyOptions> = defineCommand({
  name: "audit verify",
  brief: "check the agent's audit log",
  synopsis: ["[--state DIR] [FILE]"],
  notes: ["Every line is bound to the one before it; the first that does not fit is named."],
  examples: [{ command: "nanoexec audit verify", purpose: "the log of the agent on this host" }],
  completes: ["files"],
  operandAccess: "read",
  parser: () =>
    group(
      "Options",
      object({
        state: optional(
          localOption(["--state"], localPath("DIR", { type: "directory", access: "read" }), {
            description: message`the agent's state folder, if it is not the usual one`,
          }),
        ),
      }),
    ),
  interpret: (raw, operands) => ({
    file: optionalOperand(operands, "file"),
    state: raw.state,
  }),
});
