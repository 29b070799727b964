/**
 * Finds a plain program name in the fixed PATH, synchronously, for policy decisions.
 * Needs read permission for the folders of that PATH.
 * @module
 */
import { FIXED_PATH } from "./environment.ts";

/** The absolute path of the first file of this name, or `undefined` if there is none. */
export function findInPath(name: string): string | undefined {
  return FIXED_PATH.split(":").map((folder) => `${folder}/${name}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
