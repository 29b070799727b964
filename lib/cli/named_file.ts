/**
 * Files that the command line names.
 * @module
 */
import { UserError } from "./program/errors.ts";

/**
 * Reads a file of the operator's.
 * @param what what it is, for messages: `request`
 * @param hint what may be done if it is not there
 * @throws {UserError} if it is not there or cannot be read
 */
export async function readNamedFile(
  what: string,
  path: string,
  { hint }: { readonly hint?: string } = {},
): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UserError(`there is no ${what} ${path}`, { cause, hint });
    }
    throw new UserError(`cannot read ${what} ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Why a file cannot be used, as a phrase. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.IsADirectory) return "it is a folder";
  return cause instanceof Error ? cause.message : String(cause);
}
