/**
 * Options about the operator's key. Imports `lib/cli`.
 * @module
 */

import { group, type OptionParser, single } from "./option_parser.ts";
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
  return group("Key", {
    key: single("--key", path("FILE"), "sign with this secret key instead of your own"),
    passphraseFile: single(
      "--passphrase-file",
      path("FILE"),
      "read the key's passphrase from this file instead of the terminal",
    ),
  });
}
