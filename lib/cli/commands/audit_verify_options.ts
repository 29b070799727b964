/**
 * Options of `nanoexec audit verify`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { localOption } from "../args/local_option.ts";
import { type Command, defineCommand } from "../args/command.ts";
import { plainStatuses } from "../args/exit_statuses.ts";
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
  brief: "verify the audit log",
  synopsis: ["[--state DIR] [FILE]"],
  topics: [{
    title: "Verification",
    text: [
      "Each line of the log has the digest of the line before it. The first line that does not fit " +
      "is reported.",
    ],
  }],
  examples: [{ command: "nanoexec audit verify", purpose: "the log of this host's agent" }],
  exits: plainStatuses({
    ok: "the log is intact",
    error: "the log is damaged, wrong usage, or an error",
  }),
  completes: ["files"],
  operandAccess: "read",
  parser: () =>
    group(
      "Options",
      object({
        state: optional(
          localOption(["--state"], localPath("DIR", { type: "directory", access: "read" }), {
            description: message`read the audit log of this state folder`,
          }),
        ),
      }),
    ),
  interpret: (raw, operands) => ({
    file: optionalOperand(operands, "file"),
    state: raw.state,
  }),
});
