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
  brief: "create an operator key",
  synopsis: ["[OPTION]..."],
  topics: [{
    title: "Key",
    text: [
      "The secret key goes to ~/.config/nanoexec/operator.key (or -f FILE). An existing file is never " +
      "overwritten. The public line is printed: add it to the trusted_keys of the agents.",
    ],
  }],
  examples: [
    { command: "nanotrigger keygen -C alice@example.com", purpose: "your own key" },
    {
      command: "nanotrigger keygen -f deploy.key --no-passphrase",
      purpose: "a key for scripts",
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
      hint: "remove one of them",
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
        description: message`set the comment (default USER@HOST)`,
      })),
      file: optional(localOption(["-f", "--file"], localPath("FILE", { access: "create" }), {
        description: message`write the secret key to FILE`,
      })),
      passphraseFile: optional(
        localOption(["--passphrase-file"], localPath("FILE", { access: "read" }), {
          description: message`encrypt the key with the first line of FILE`,
        }),
      ),
      noPassphrase: option("--no-passphrase", {
        description: message`store the key unencrypted`,
      }),
    }),
  );
}

/**
 * Parses a comment. It ends a line that other people read, so it must be one line of printable
 * text.
 */
function readComment(input: string): string {
  if (input.length > 200) throw new RangeError("comment longer than 200 characters");
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(input)) {
    throw new SyntaxError("comment with unprintable characters");
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
  brief: "print your public key",
  synopsis: ["[-f FILE]"],
  examples: [
    { command: "nanotrigger key >> trusted_keys", purpose: "for trusted_keys of agents" },
  ],
  parser: () =>
    group(
      "Options",
      object({
        file: optional(
          localOption(["-f", "--file"], localPath("FILE", { access: "read-with-folder" }), {
            description: message`read this secret key instead of your own`,
          }),
        ),
      }),
    ),
  interpret(raw, operands) {
    refuseOperands(operands, "key");
    return { file: raw.file };
  },
});
