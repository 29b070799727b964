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
  if (script.length === 0) throw new UserError(`script is empty: ${file}`);
  if (script.length > MAX_SCRIPT_BYTES) {
    throw new UserError(`script is longer than ${formatSize(MAX_SCRIPT_BYTES)}: ${file}`, {
      hint: "copy it to the hosts with nanotrigger copy, and run it there",
    });
  }
  const interpreter = findInterpreter(script);
  if (interpreter.kind === "interpreter") return script;
  throw new UserError(`cannot run script ${file}: ${interpreter.reason}`);
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
    throw new UserError(`secret is not text: ${file}`, {
      hint: "encode it, for example as base64: an environment variable holds only text",
    });
  }
  const length = new TextEncoder().encode(value).length;
  if (length > MAX_SECRET_BYTES) {
    throw new UserError(`secret is longer than ${MAX_SECRET_BYTES} bytes: ${file}`);
  }
  if (length >= MIN_SECRET_BYTES) return value;
  throw new UserError(`secret is shorter than ${MIN_SECRET_BYTES} bytes: ${file}`, {
    hint: "use a longer secret: a short one cannot be masked in output",
  });
}

function textOrUndefined(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}
