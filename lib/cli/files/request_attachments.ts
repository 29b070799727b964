/**
 * The content of local files in a request: a script, and the values of secrets that become
 * environment variables. Scripts that no host could run, and secrets that could not be masked in
 * output, are refused before anything is signed.
 * @module
 */
import { findInterpreter } from "../../agent/exec/script.ts";
import { decodeUtf8 } from "../../base/bytes.ts";
import { MAX_SCRIPT_BYTES } from "../../envelope/statements/request.ts";
import {
  MAX_SECRET_BYTES,
  MIN_SECRET_BYTES,
  type SecretValues,
} from "../../envelope/statements/secrets.ts";
import { UserError } from "../../base/errors.ts";
import { formatSize } from "../render/units.ts";
import { readNamedFile } from "./input_file.ts";

/**
 * Reads the script in `file`.
 * @throws {UserError} if it is missing, or no host could run it
 */
export async function readScript(file: string): Promise<Uint8Array> {
  const script = await readNamedFile("script", file);
  if (script.length === 0) throw new UserError(`the script ${file} is empty`);
  if (script.length > MAX_SCRIPT_BYTES) {
    throw new UserError(`the script ${file} is longer than ${formatSize(MAX_SCRIPT_BYTES)}`, {
      hint: "have it fetch what it needs, or bring that to the hosts first",
    });
  }
  const interpreter = findInterpreter(script);
  if (interpreter.kind === "interpreter") return script;
  throw new UserError(`the script ${file} cannot be run: ${interpreter.reason}`);
}

/** The file of each secret, by the name of its environment variable. */
export type SecretFiles = Readonly<Record<string, string>>;

/**
 * Reads the values of secrets. Removes the final newline, which editors add.
 * @throws {UserError} if a file is missing, or its content cannot be the value of a variable
 */
export async function readSecrets(files: SecretFiles): Promise<SecretValues | undefined> {
  const entries = Object.entries(files);
  if (entries.length === 0) return undefined;
  const read = entries.map(async ([name, file]) => [name, await readSecret(file)] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function readSecret(file: string): Promise<string> {
  const bytes = await readNamedFile("secret", file);
  const value = textOrUndefined(bytes)?.replace(/\r?\n$/, "");
  if (value === undefined || value.includes("\0")) {
    throw new UserError(`the secret ${file} is not text`, {
      hint: "an environment variable holds text only; encode it, as base64 for example",
    });
  }
  const length = new TextEncoder().encode(value).length;
  if (length > MAX_SECRET_BYTES) {
    throw new UserError(`the secret ${file} is longer than ${MAX_SECRET_BYTES} bytes`);
  }
  if (length >= MIN_SECRET_BYTES) return value;
  throw new UserError(`the secret ${file} is shorter than ${MIN_SECRET_BYTES} bytes`, {
    hint: "it could not be told from other output, so that it could be masked",
  });
}

function textOrUndefined(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}
