/**
 * Options about keys: the operator key that signs, and the keys that an agent or a hub trusts.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import type { LocalValue } from "./access.ts";
import { localOption } from "./local_option.ts";
import type { OptionParser } from "./command.ts";
import { localPath, value } from "./values.ts";

/** The key that signs, and the source of its passphrase. */
export interface KeyChoice {
  /** The secret key's file; the operator's own key if absent. */
  readonly key: string | undefined;
  /** A file whose first line is the passphrase. If absent, the terminal asks for it. */
  readonly passphraseFile: string | undefined;
}

/** Parses `--key` and `--passphrase-file`. */
export function keyOptions(): OptionParser<KeyChoice> {
  return group(
    "Key",
    object({
      key: optional(localOption(["--key"], localPath("FILE", { access: "read-with-folder" }), {
        description: message`sign with this secret key instead of your own`,
      })),
      passphraseFile: optional(
        localOption(["--passphrase-file"], localPath("FILE", { access: "read" }), {
          description: message`read the passphrase from the first line of FILE`,
        }),
      ),
    }),
  );
}

/** A source of trusted operator keys. */
export type TrustSource =
  /** A file in the style of `authorized_keys`. */
  | { readonly kind: "file"; readonly path: string }
  /** One line of such a file, given on the command line. */
  | { readonly kind: "line"; readonly line: string };

/** The type word at the beginning of a public operator key. Key options may stand before it. */
const KEY_TYPE = "nanoexec-ed25519";

/** Parses `--trust`, which can be repeated. */
export function trustOption(): OptionParser<readonly TrustSource[]> {
  return multiple(localOption(["--trust"], trustSource(), {
    description: message`trust the keys in FILE, or this public KEY (repeatable)`,
  }));
}

function trustSource(): LocalValue<TrustSource> {
  const parser = value<TrustSource>("FILE|KEY", (input) => {
    if (input.trim() === "") throw new SyntaxError("empty file name");
    if (/[\r\n\0]/.test(input)) throw new SyntaxError("a public key is one line");
    if (input.split(/\s/).includes(KEY_TYPE)) return { kind: "line", line: input.trim() };
    return { kind: "file", path: input };
  }, (typed) => [{ kind: "file", type: "file", pattern: typed }]);
  return { parser, access: "read-with-folder" };
}
