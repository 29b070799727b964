/**
 * Options about the operator's key. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { path } from "./values.ts";

/** Which key signs, and how it is opened. */
export interface KeyChoice {
  /** The secret key's file; the operator's own key if absent. */
  readonly key: string | undefined;
  /** A file whose first line is the passphrase; asked for on the terminal if absent. */
  readonly passphraseFile: string | undefined;
}

/** `--key` and `--passphrase-file`. */
export function keyOptions(): OptionParser<KeyChoice> {
  return group(
    "Key",
    object({
      key: optional(option("--key", path("FILE"), {
        description: message`sign with this secret key instead of your own`,
      })),
      passphraseFile: optional(option("--passphrase-file", path("FILE"), {
        description: message`read the key's passphrase from this file instead of the terminal`,
      })),
    }),
  );
}
