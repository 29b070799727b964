/**
 * `nanotrigger keygen` and `nanotrigger key`: creates an operator key, and prints its public line.
 * @module
 */
import { printPublicKey, type PublicKeyLine } from "../../envelope/keys/public_key.ts";
import { generateSecretKey } from "../../envelope/keys/secret_key.ts";
import { UserError } from "../../base/errors.ts";
import {
  addToUserTrustFile,
  defaultComment,
  defaultKeyPath,
  missingKeyError,
  openOperatorKey,
  readPublicKeyOf,
  saveKey,
} from "../keys/operator_key.ts";
import type { KeygenOptions, PassphraseSource, ShowKeyOptions } from "./keys_options.ts";
import { askPassphrase, readPassphraseFile } from "../keys/passphrase.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Creates a key and prints its public line. */
export async function generateKey(options: KeygenOptions, terminal: Terminal): Promise<number> {
  const paths = findInstallationPaths();
  const path = options.file ?? defaultKeyPath(paths);
  const key = generateSecretKey(options.comment ?? defaultComment());
  saveKey(path, key, await choosePassphrase(options.passphrase, terminal));
  if (options.file === undefined) await addToUserTrustFile(key, paths);
  terminal.note(`secret key written to ${path}`);
  await terminal.print(printPublicKey({ key: key.publicKey, comment: key.comment }));
  return 0;
}

/** Prints the public line of a key. Creates the operator's own key if there is none. */
export async function showKey({ file }: ShowKeyOptions, terminal: Terminal): Promise<number> {
  const line = file === undefined ? await ownPublicLine(terminal) : await publicLineOf(file);
  await terminal.print(printPublicKey(line));
  return 0;
}

async function ownPublicLine(terminal: Terminal): Promise<PublicKeyLine> {
  const paths = findInstallationPaths();
  const line = await readPublicKeyOf(defaultKeyPath(paths));
  if (line !== undefined) return line;
  const choice = { key: undefined, passphraseFile: undefined };
  const { publicKey: key, comment } = await openOperatorKey(choice, paths, terminal);
  return { key, comment };
}

async function publicLineOf(path: string): Promise<PublicKeyLine> {
  const line = await readPublicKeyOf(path);
  if (line !== undefined) return line;
  throw missingKeyError(path);
}

async function choosePassphrase(
  source: PassphraseSource,
  terminal: Terminal,
): Promise<string | undefined> {
  switch (source.kind) {
    case "none":
      return undefined;
    case "file":
      return await readPassphraseFile(source.path);
    case "ask":
      return await askTwice(terminal);
    default:
      return source satisfies never;
  }
}

async function askTwice(terminal: Terminal): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal()) {
    throw new UserError("cannot ask for a passphrase: no terminal", {
      hint: "use --passphrase-file FILE or --no-passphrase",
    });
  }
  const passphrase = await askPassphrase("Passphrase (empty for none): ", terminal);
  if (passphrase === "") return undefined;
  if (await askPassphrase("Repeat the passphrase: ", terminal) === passphrase) return passphrase;
  throw new UserError("passphrases do not match");
}
