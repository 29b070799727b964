/**
 * `nanotrigger key`: print the public line of an operator key. Imports `lib/cli`.
 * @module
 */

import { type CommandLine, commandLine } from "./command_line.ts";
import { refuseOperands } from "./operands.ts";
import { group, single } from "./option_parser.ts";
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
    group("Options", {
      file: single("-f, --file", path("FILE"), "the secret key to look at instead of your own"),
    }),
  interpret(raw, operands) {
    refuseOperands(operands, "key");
    return { kind: "key", file: raw.file };
  },
});
