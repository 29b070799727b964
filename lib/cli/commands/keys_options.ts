/**
 * Options of `nanotrigger keygen` and `nanotrigger key`.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { refuseConflicts, refuseOperands } from "../args/usage_checks.ts";
import { localPath, value } from "../args/values.ts";

/** The source of the new key's passphrase. */
export type PassphraseSource =
  /** The terminal asks for it; an empty answer means none. */
  | { readonly kind: "ask" }
  /** The first line of this file. */
  | { readonly kind: "file"; readonly path: string }
  /** The key is stored without a passphrase. */
  | { readonly kind: "none" };

/** The options of a new operator key. */
export interface KeygenOptions {
  /** The comment at the end of the public line; user and host name if absent. */
  readonly comment: string | undefined;
  /** The file to create; the operator's own key if absent. */
  readonly file: string | undefined;
  /** The source of the passphrase. */
  readonly passphrase: PassphraseSource;
}

interface RawKeygenOptions {
  readonly comment: string | undefined;
  readonly file: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly noPassphrase: boolean;
}

/** The command `keygen`. */
export const keygenCommand: Command<KeygenOptions> = defineCommand({
  name: "keygen",
  brief: "make an operator key",
  synopsis: ["[-C COMMENT] [-f FILE] [--passphrase-file FILE | --no-passphrase]"],
  notes: [
    "The usual place is ~/.config/nanoexec/operator.key. An existing file is never overwritten. The " +
    "public line is printed: give it to agents.",
  ],
  examples: [
    { command: "nanotrigger keygen -C alice@example.com", purpose: "your own key" },
    {
      command: "nanotrigger keygen -f deploy.key --no-passphrase",
      purpose: "a key for a program to use",
    },
  ],
  parser: keygenParser,
  interpret(raw, operands) {
    refuseOperands(operands, "keygen");
    refuseConflicts({
      "--passphrase-file": raw.passphraseFile !== undefined,
      "--no-passphrase": raw.noPassphrase,
    }, [{
      pair: ["--passphrase-file", "--no-passphrase"],
      hint: "the key either has a passphrase or it has none",
    }]);
    return {
      comment: raw.comment,
      file: raw.file,
      passphrase: passphraseSource(raw),
    };
  },
});

function keygenParser(): OptionParser<RawKeygenOptions> {
  return group(
    "Options",
    object({
      comment: optional(option("-C", "--comment", value("COMMENT", readComment), {
        description: message`whose key it is`,
      })),
      file: optional(localOption(["-f", "--file"], localPath("FILE", { access: "create" }), {
        description: message`write the secret key here instead of the usual place`,
      })),
      passphraseFile: optional(
        localOption(["--passphrase-file"], localPath("FILE", { access: "read" }), {
          description: message`protect it with the first line of this file`,
        }),
      ),
      noPassphrase: option("--no-passphrase", {
        description: message`do not ask for a passphrase; whoever reads the file has the key`,
      }),
    }),
  );
}

/**
 * Parses a comment. It ends a line that other people read, so it must be one line of printable
 * text.
 */
function readComment(input: string): string {
  if (input.length > 200) throw new RangeError("the comment is longer than 200 characters");
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(input)) {
    throw new SyntaxError("the comment contains characters that cannot be printed");
  }
  return input.trim();
}

function passphraseSource(raw: RawKeygenOptions): PassphraseSource {
  if (raw.noPassphrase) return { kind: "none" };
  if (raw.passphraseFile !== undefined) return { kind: "file", path: raw.passphraseFile };
  return { kind: "ask" };
}

/** The key to print. */
export interface ShowKeyOptions {
  /** The secret key's file; the operator's own key if absent. */
  readonly file: string | undefined;
}

/** The command `key`. */
export const keyCommand: Command<ShowKeyOptions> = defineCommand({
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
        file: optional(
          localOption(["-f", "--file"], localPath("FILE", { access: "read-with-folder" }), {
            description: message`the secret key to look at instead of your own`,
          }),
        ),
      }),
    ),
  interpret(raw, operands) {
    refuseOperands(operands, "key");
    return { file: raw.file };
  },
});
