/**
 * Finds a plain program name in the fixed PATH, synchronously, for policy decisions: the same file
 * as `program.ts` finds when the command is run.
 * Needs read permission for the folders of that PATH.
 * @module
 */
import { FIXED_PATH } from "./environment.ts";

/**
 * The absolute path of the first file of this name that can be executed and that not everybody may
 * write to, or `undefined` if there is none.
 */
export function findInPath(name: string): string | undefined {
  return FIXED_PATH.split(":").map((folder) => `${folder}/${name}`).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0 && ((mode ?? 0) & 0o002) === 0;
  } catch {
    return false;
  }
}
