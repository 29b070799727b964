/**
 * `nanotrigger keygen`: make an operator key. Imports `lib/cli`.
 * @module
 */

import { type CommandLine, commandLine } from "./command_line.ts";
import { refusePairs } from "./forbidden_pairs.ts";
import { refuseOperands } from "./operands.ts";
import { flag, group, type OptionParser, single } from "./option_parser.ts";
import { path, value } from "./values.ts";

/** Where the new key's passphrase comes from. */
export type PassphraseSource =
  /** Asked for on the terminal; an empty answer means none. */
  | { readonly kind: "ask" }
  /** The first line of this file. */
  | { readonly kind: "file"; readonly path: string }
  /** The key is stored without one. */
  | { readonly kind: "none" };

/** How to make an operator key. */
export interface KeygenOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "keygen";
  /** The comment at the end of the public line; who and where, if absent. */
  readonly comment: string | undefined;
  /** The file to create; the operator's own key if absent. */
  readonly file: string | undefined;
  /** How it is protected. */
  readonly passphrase: PassphraseSource;
}

interface RawKeygenOptions {
  readonly comment: string | undefined;
  readonly file: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly noPassphrase: boolean;
}

/** The command `keygen`. */
export const keygenCommand: CommandLine<KeygenOptions> = commandLine({
  name: "keygen",
  brief: "make an operator key",
  synopsis: ["[-C COMMENT] [-f FILE] [--passphrase-file FILE | --no-passphrase]"],
  notes: ["An existing file is never overwritten. The public line is printed: give it to agents."],
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
    refusePairs({
      "--passphrase-file": raw.passphraseFile !== undefined,
      "--no-passphrase": raw.noPassphrase,
    }, [{
      pair: ["--passphrase-file", "--no-passphrase"],
      hint: "the key either has a passphrase or it has none",
    }]);
    return { kind: "keygen", comment: raw.comment, file: raw.file, passphrase: passphrase(raw) };
  },
});

function keygenParser(): OptionParser<RawKeygenOptions> {
  return group("Options", {
    comment: single("-C, --comment", value("COMMENT", readComment), "whose key it is"),
    file: single(
      "-f, --file",
      path("FILE"),
      "write the secret key here instead of the usual place",
    ),
    passphraseFile: single(
      "--passphrase-file",
      path("FILE"),
      "protect it with the first line of this file",
    ),
    noPassphrase: flag(
      "--no-passphrase",
      "do not ask for a passphrase; whoever reads the file has the key",
    ),
  });
}

/** A comment ends up at the end of a line that others read: one line of printable text. */
function readComment(input: string): string {
  if (input.length > 200) throw new RangeError("the comment is longer than 200 characters");
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(input)) {
    throw new SyntaxError("the comment contains characters that cannot be printed");
  }
  return input.trim();
}

function passphrase(raw: RawKeygenOptions): PassphraseSource {
  if (raw.noPassphrase) return { kind: "none" };
  if (raw.passphraseFile !== undefined) return { kind: "file", path: raw.passphraseFile };
  return { kind: "ask" };
}
