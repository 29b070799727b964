/**
 * Finds and opens the secret key of the operator. Without `--key` and without a key, creates one
 * and adds it to the trust file of this user. A first try on one machine thus needs no setup.
 * @module
 */
import { dirname } from "node:path";
import { encodeUtf8 } from "../../base/bytes.ts";
import { createDurably } from "../../base/durable_file.ts";
import { type PrivateFileRules, readPrivateFile } from "../../base/private_file.ts";
import { makePrivateFolder } from "../../base/private_folder.ts";
import { KeyError } from "../../envelope/errors.ts";
import { printPublicKey, type PublicKeyLine } from "../../envelope/keys/public_key.ts";
import {
  decodeSecretKey,
  encodeSecretKey,
  generateSecretKey,
  MAX_SECRET_KEY_LENGTH,
  readPublicHalf,
  type SecretKey,
} from "../../envelope/keys/secret_key.ts";
import { MAX_TRUST_FILE_LENGTH } from "../../envelope/trust/trust_file.ts";
import { UserError } from "../../base/errors.ts";
import type { KeyChoice } from "../args/key_options.ts";
import { askPassphrase, readPassphraseFile } from "./passphrase.ts";
import type { InstallationPaths } from "./installation_paths.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** The rules for the file of an operator's key. */
const KEY_RULES: PrivateFileRules = {
  what: "key file",
  secret: true,
  maxBytes: MAX_SECRET_KEY_LENGTH,
};

const TRUST_RULES: PrivateFileRules = {
  what: "trust file",
  secret: false,
  maxBytes: MAX_TRUST_FILE_LENGTH,
};

/**
 * Opens the key that signs. If there is none, creates one that agents of this user on this machine
 * trust, so that a first try needs no setup.
 * @throws {UserError} if a named key does not exist, or the passphrase is wrong
 * @throws {UserError} if other users could read it
 */
export async function openOperatorKey(
  choice: KeyChoice,
  paths: InstallationPaths,
  terminal: Terminal,
): Promise<SecretKey> {
  const path = choice.key ?? defaultKeyPath(paths);
  const text = await readPrivateFile(path, KEY_RULES);
  if (text !== undefined) return await decryptKey(text, path, { choice, terminal });
  if (choice.key !== undefined) throw missingKeyError(path);
  const key = generateSecretKey(defaultComment());
  saveKey(path, key, undefined);
  await addToUserTrustFile(key, paths);
  terminal.note(`created operator key ${path}; your agents on this machine trust it`);
  return key;
}

/**
 * Returns the public half of the key in a file, which needs no passphrase; `undefined` if there is
 * no such file.
 * @throws {UserError} if other users could read it
 * @throws {UserError} if it is not a key
 */
export async function readPublicKeyOf(path: string): Promise<PublicKeyLine | undefined> {
  const text = await readPrivateFile(path, KEY_RULES);
  try {
    return text === undefined ? undefined : readPublicHalf(text);
  } catch (error) {
    throw withKeyPath(error, path);
  }
}

/**
 * Returns the path of the operator's own key.
 * @throws {UserError} if this user has no home
 */
export function defaultKeyPath({ operatorKeyFile: operatorKey }: InstallationPaths): string {
  if (operatorKey !== undefined) return operatorKey;
  throw new UserError("no default path for the operator key: HOME is not set", {
    hint: "name a file with --key",
  });
}

/** Returns the default comment of a key, in the form of OpenSSH. */
export function defaultComment(): string {
  return `${Deno.env.get("USER") ?? Deno.env.get("LOGNAME") ?? "operator"}@${Deno.hostname()}`;
}

/**
 * Writes a new key file with mode 0600.
 * @throws {UserError} if the file exists
 * @throws {UserError} if other users could replace the key
 */
export function saveKey(
  path: string,
  key: SecretKey,
  passphrase: string | undefined,
): void {
  const text = encodeSecretKey(key, passphrase === undefined ? {} : { passphrase });
  try {
    makePrivateFolder(dirname(path));
    createDurably(path, encodeUtf8(text));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new UserError(`key file exists: ${path}`, {
      cause,
      hint: "choose another file with -f",
    });
  }
}

/**
 * Adds the key to the trust file of this user.
 * @throws {UserError} if other users could have written or replaced it
 */
export async function addToUserTrustFile(
  key: SecretKey,
  { userTrustFile: ownTrusted }: InstallationPaths,
): Promise<void> {
  if (ownTrusted === undefined) return;
  const line = printPublicKey({ key: key.publicKey, comment: key.comment });
  makePrivateFolder(dirname(ownTrusted));
  const before = await readPrivateFile(ownTrusted, TRUST_RULES) ?? "";
  const gap = /[^\n]$/.test(before) ? "\n" : ""; // an editor may have left out the final newline
  const options = { append: true, create: true, mode: 0o600 };
  await Deno.writeTextFile(ownTrusted, `${gap}${line}\n`, options);
}

async function decryptKey(
  text: string,
  path: string,
  { choice, terminal }: { choice: KeyChoice; terminal: Terminal },
): Promise<SecretKey> {
  try {
    return decodeSecretKey(text);
  } catch (error) {
    if (!(error instanceof KeyError) || error.code !== "needs-passphrase") {
      throw withKeyPath(error, path);
    }
  }
  const passphrase = choice.passphraseFile === undefined
    ? await askPassphrase(`Passphrase for ${path}: `, terminal)
    : await readPassphraseFile(choice.passphraseFile);
  try {
    return decodeSecretKey(text, passphrase);
  } catch (error) {
    throw withKeyPath(error, path);
  }
}

/** Returns the error for a named file that does not exist. */
export function missingKeyError(path: string): UserError {
  return new UserError(`no such key file: ${path}`, {
    hint: `create it: nanotrigger keygen -f ${path}`,
  });
}

function withKeyPath(error: unknown, path: string): unknown {
  if (!(error instanceof KeyError)) return error;
  return new UserError(`${path}: ${error.message}`, { cause: error });
}
