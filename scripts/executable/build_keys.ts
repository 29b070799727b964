/**
 * Whom the agents of a build obey: finds the keys that are baked into them. May import
 * `lib/base/private_file.ts`, `lib/cli/sandbox/folders.ts` and `lib/envelope`.
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

/** Which keys were asked for. */
export type KeyChoice =
  /** The key of whoever builds, which is made if there is none. */
  | { readonly kind: "own" }
  /** Each a public key line or the path of a trust file. */
  | { readonly kind: "given"; readonly sources: readonly string[] }
  | { readonly kind: "none" };

/** The keys of a build. */
export interface BuildKeys {
  /** Lines of a trust file, one key each. */
  readonly keys: readonly string[];
  /** The path of the secret key of one of them, if it can sign without asking for a passphrase. */
  readonly signer?: string;
}

/**
 * Finds the keys.
 * @throws {BuildError} if there are none where they should be, or one cannot be read
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

/** Says in a line per key whom agents obey. */
export function describeKeys({ keys }: BuildKeys): readonly string[] {
  const entries = keys.flatMap(parseTrustFile);
  if (entries.length === 0) return ["agents obey nobody until they are given --trust"];
  return entries.map(({ key, comment }) => `agents obey ${comment} ${fingerprint(key)}`);
}

/** Asks the program itself, with its own permissions: so the key is where the program looks for it. */
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

const NO_KEY_HINT = "--trust FILE|KEY names others, --no-key leaves them out";

async function withoutPassphrase(path: string): Promise<string | undefined> {
  try {
    decodeSecretKey(await Deno.readTextFile(path));
    return path;
  } catch {
    return undefined; // it is protected
  }
}

/** The lines with a key in them. */
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
    hint: `a key begins with "${PUBLIC_KEY_TAG}"; anything else is the path of a file`,
  });
}

function trustError(name: string, cause: unknown): BuildError {
  const hint = cause instanceof UserError ? cause.hint : undefined;
  return new BuildError(`${name}: ${messageOf(cause)}`, { cause, hint });
}
