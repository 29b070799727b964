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
  brief: "add your signature",
  synopsis: ["[OPTION]... FILE"],
  topics: [{
    title: "Requests for two operators",
    text: [
      "FILE is a request of run --save, or - for stdin. The program shows the request and asks, then " +
      "adds your signature. nanotrigger send submits the request.",
    ],
  }],
  examples: [{ command: "nanotrigger cosign reboot.request", purpose: "as the second operator" }],
  completes: ["files"],
  operandAccess: "create",
  parser: keyOptions,
  interpret(raw, operands) {
    const file = optionalOperand(operands, "file");
    if (file === undefined) {
      throw new UserError("no request given", {
        hint: "name the file: nanotrigger cosign FILE",
      });
    }
    return { file, ...raw };
  },
});
