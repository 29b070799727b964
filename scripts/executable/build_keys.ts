/**
 * Finds the trusted keys that are built into agents.
 * @module
 */

import { messageOf, UserError } from "../../lib/base/errors.ts";
import { readPrivateFile } from "../../lib/base/private_file.ts";
import { userFolders } from "../../lib/cli/sandbox/folders.ts";
import { fingerprint, PUBLIC_KEY_TAG } from "../../lib/envelope/keys/public_key.ts";
import { decodeSecretKey } from "../../lib/envelope/keys/secret_key.ts";
import { MAX_TRUST_FILE_LENGTH, parseTrustFile } from "../../lib/envelope/trust/trust_file.ts";
import { runArguments } from "../run.ts";
import { runDeno } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/** The choice of keys. */
export type KeyChoice =
  /** The key of the user, which is made if there is none. */
  | { readonly kind: "own" }
  /** Public key lines, or paths of trust files. */
  | { readonly kind: "given"; readonly sources: readonly string[] }
  | { readonly kind: "none" };

/** The keys of a build. */
export interface BuildKeys {
  /** Lines of a trust file, one key each. */
  readonly keys: readonly string[];
  /** The path of the secret key of one of them, if it has no passphrase. */
  readonly signer?: string;
}

/**
 * Finds the keys.
 * @throws {BuildError} if there is none, or one cannot be read
 */
export async function findKeys(
  choice: KeyChoice,
  report: (line: string) => void,
): Promise<BuildKeys> {
  switch (choice.kind) {
    case "own":
      return await ownKey(report);
    case "given":
      return { keys: (await Promise.all(choice.sources.map(linesOf))).flat() };
    case "none":
      return { keys: [] };
    default:
      return choice satisfies never;
  }
}

/** Returns one line per trusted key. */
export function describeKeys({ keys }: BuildKeys): readonly string[] {
  const entries = keys.flatMap(parseTrustFile);
  if (entries.length === 0) return ["agents trust no key: start them with --trust"];
  return entries.map(({ key, comment }) => `agents trust ${comment} ${fingerprint(key)}`);
}

/** Runs `nanotrigger key`, so that the key is in the place where the program looks for it. */
async function ownKey(report: (line: string) => void): Promise<BuildKeys> {
  const { success, stdout, stderr } = await runDeno(runArguments("trigger", ["key"]));
  const [firstLine = "", ...otherLines] = stderr.trim().split("\n");
  if (!success) throw new BuildError(`no key to build in: ${firstLine}`, { hint: NO_KEY_HINT });
  if (firstLine !== "") [firstLine, ...otherLines].forEach(report);
  const signer = await withoutPassphrase(
    `${userFolders(Deno.env.toObject())?.config}/operator.key`,
  );
  return { keys: [stdout.trim()], ...(signer !== undefined && { signer }) };
}

const NO_KEY_HINT = "use --trust FILE|KEY or --no-key";

async function withoutPassphrase(path: string): Promise<string | undefined> {
  try {
    decodeSecretKey(await Deno.readTextFile(path));
    return path;
  } catch {
    return undefined; // protected with a passphrase
  }
}

/** Returns the lines with a key. */
async function linesOf(source: string): Promise<readonly string[]> {
  const isLine = source.includes(PUBLIC_KEY_TAG);
  const text = isLine ? source : await readTrustFile(source);
  const name = isLine ? "--trust" : source;
  try {
    if (parseTrustFile(text).length === 0) throw new BuildError("file holds no key");
  } catch (error) {
    throw trustError(name, error);
  }
  return text.split("\n").map((line) => line.trim()).filter((line) => /^[^#]/.test(line));
}

async function readTrustFile(path: string): Promise<string> {
  const rules = { what: "trust file", secret: false, maxBytes: MAX_TRUST_FILE_LENGTH };
  const text = await readPrivateFile(path, rules).catch((error) => {
    throw trustError("--trust", error);
  });
  if (text !== undefined) return text;
  throw new BuildError(`no such trust file: ${path}`, {
    hint: `give a path, or a key that begins with "${PUBLIC_KEY_TAG}"`,
  });
}

function trustError(name: string, cause: unknown): BuildError {
  const hint = cause instanceof UserError ? cause.hint : undefined;
  return new BuildError(`${name}: ${messageOf(cause)}`, { cause, hint });
}
