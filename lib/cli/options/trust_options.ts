/**
 * Options about whose signatures count. Imports `lib/cli` and Optique.
 * @module
 */

import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { type Value, value } from "./values.ts";

/** Where trusted operator keys come from. */
export type TrustSource =
  /** A file in the style of `authorized_keys`. */
  | { readonly kind: "file"; readonly path: string }
  /** One line of such a file, given on the command line. */
  | { readonly kind: "line"; readonly line: string };

/** The type word of a public operator key, with which its line begins after its options. */
const KEY_TYPE = "nanoexec-ed25519";

/** `--trust`, as often as wanted. */
export function trustOption(): OptionParser<readonly TrustSource[]> {
  return multiple(option("--trust", trustSource(), {
    description: message`trust the keys in this file, or this public key; repeatable`,
  }));
}

function trustSource(): Value<TrustSource> {
  return value("FILE|KEY", (input) => {
    if (input.trim() === "") throw new SyntaxError("neither a file nor a key");
    if (/[\r\n\0]/.test(input)) throw new SyntaxError("a public key is one line");
    if (input.split(/\s/).includes(KEY_TYPE)) return { kind: "line", line: input.trim() };
    return { kind: "file", path: input };
  }, (typed) => [{ kind: "file", type: "file", pattern: typed }]);
}
