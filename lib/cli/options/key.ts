/**
 * `nanotrigger key`: print the public line of an operator key. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { type CommandLine, commandLine } from "./command_line.ts";
import { refuseOperands } from "./operands.ts";
import { path } from "./values.ts";

/** Which key's public line to print. */
export interface KeyOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "key";
  /** The secret key's file; the operator's own key if absent. */
  readonly file: string | undefined;
}

/** The command `key`. */
export const keyCommand: CommandLine<KeyOptions> = commandLine({
  name: "key",
  brief: "print the public line of your key",
  synopsis: ["[-f FILE]"],
  examples: [
    { command: "nanotrigger key >> trusted_keys", purpose: "for agents that should obey you" },
  ],
  parser: () =>
    group(
      "Options",
      object({
        file: optional(option("-f", "--file", path("FILE"), {
          description: message`the secret key to look at instead of your own`,
        })),
      }),
    ),
  interpret(raw, operands) {
    refuseOperands(operands, "key");
    return { kind: "key", file: raw.file };
  },
});
