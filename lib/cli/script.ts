/**
 * Scripts that are sent along with a request.
 * @module
 */
import { findInterpreter } from "../agent/exec/script.ts";
import { MAX_SCRIPT_BYTES } from "../envelope/statements/request.ts";
import { UserError } from "./program/errors.ts";
import { readNamedFile } from "./named_file.ts";
import { formatSize } from "./size.ts";

/**
 * Reads the script in `file`.
 * @throws {UserError} if it is not there, or no host could run it
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
  throw new UserError(`the script ${file} cannot be run: ${interpreter.message}`);
}
