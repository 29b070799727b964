/**
 * What `run` runs: a command line, a line for a shell or a script, and what it reads. Imports `lib/cli`
 * and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../errors.ts";
import type { OptionParser } from "./command_line.ts";
import { path } from "./values.ts";

/** What is to be run. */
export type CommandChoice =
  /** A program and its arguments; never empty. */
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** A line for `/bin/sh -c`. */
  | { readonly kind: "shell"; readonly line: string }
  /** A script in a file of the operator's, and its arguments. */
  | { readonly kind: "script"; readonly file: string; readonly args: readonly string[] };

/** What the options say of it. */
export interface RawCommand {
  /** `--shell` */
  readonly shell: boolean;
  /** `--script`: a file. */
  readonly script: string | undefined;
  /** `--stdin`: a file, or `-`. */
  readonly stdin: string | undefined;
  /** `-n` */
  readonly noStdin: boolean;
  /** `--survive` */
  readonly survive: boolean;
}

/** `--shell`, `--script`, `--stdin`, `-n` and `--survive`. */
export function commandOptions(): OptionParser<RawCommand> {
  return group(
    "How it runs",
    object({
      shell: option("--shell", { description: message`run one line through /bin/sh -c` }),
      script: optional(option("--script", path("FILE"), {
        description:
          message`run this script, which need not be there, with what follows as arguments`,
      })),
      stdin: optional(option("--stdin", path("FILE"), {
        description:
          message`have all of them read this file on standard input; - for what comes here (default: nothing)`,
      })),
      noStdin: option("-n", "--nostdin", {
        description: message`have them read nothing on standard input: the default`,
      }),
      survive: option("--survive", {
        description:
          message`let it go on when the agent there stops, is upgraded or dies; the next one takes it up`,
      }),
    }),
  );
}

/**
 * What is to be run, of the words that are no options.
 * @throws {UserError} if there is nothing to run, or a line of several words
 */
export function commandChoice(
  operands: readonly string[],
  { shell, script }: Pick<RawCommand, "shell" | "script">,
): CommandChoice {
  if (script !== undefined) return { kind: "script", file: script, args: operands };
  const [first, ...more] = operands;
  if (first === undefined || first === "") {
    throw new UserError("there is no command to run", {
      hint: "put it last: nanotrigger run -w SET -- COMMAND [ARG]...",
    });
  }
  if (!shell) return { kind: "argv", argv: operands };
  if (more.length > 0) {
    throw new UserError("--shell takes one word, the whole line", {
      hint: `quote it: --shell '${operands.join(" ")}'`,
    });
  }
  return { kind: "shell", line: first };
}
