/**
 * Secrets that are sent along with a request, each from a file of the operator's.
 * @module
 */
import { decodeUtf8 } from "../base/bytes.ts";
import {
  MAX_SECRET_BYTES,
  MIN_SECRET_BYTES,
  type SecretValues,
} from "../envelope/statements/secrets.ts";
import { UserError } from "./program/errors.ts";
import { readNamedFile } from "./named_file.ts";

/** The file of each secret, by the name of its environment variable. */
export type SecretFiles = Readonly<Record<string, string>>;

/**
 * Reads the values of secrets; the line end that editors put behind them does not count.
 * @throws {UserError} if one is not there, or cannot be the value of a variable
 */
export async function readSecrets(files: SecretFiles): Promise<SecretValues | undefined> {
  const entries = Object.entries(files);
  if (entries.length === 0) return undefined;
  const read = entries.map(async ([name, file]) => [name, await readSecret(file)] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function readSecret(file: string): Promise<string> {
  const bytes = await readNamedFile("secret", file);
  const value = textOf(bytes)?.replace(/\r?\n$/, "");
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

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}
