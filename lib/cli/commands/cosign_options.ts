/**
 * Options of `nanotrigger cosign`.
 * @module
 */

import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand } from "../args/command.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { optionalOperand } from "../args/usage_checks.ts";

/** The request to cosign, and the key. */
export interface CosignOptions extends KeyChoice {
  /** The file with the envelope; `-` is stdin. */
  readonly file: string;
}

/** The command `cosign`. */
export const cosignCommand: Command<CosignOptions> = defineCommand({
  name: "cosign",
  brief: "sign a request that needs two operators",
  synopsis: ["[OPTION]... FILE"],
  notes: ["The request is shown before it is signed. FILE may be - for stdin."],
  examples: [{ command: "nanotrigger cosign reboot.request", purpose: "as the second operator" }],
  completes: ["files"],
  operandAccess: "create",
  parser: keyOptions,
  interpret(raw, operands) {
    const file = optionalOperand(operands, "file");
    if (file === undefined) {
      throw new UserError("nothing says which request to sign", {
        hint: "name its file: nanotrigger cosign FILE",
      });
    }
    return { file, ...raw };
  },
});
