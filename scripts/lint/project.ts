/**
 * Where a linted file stands in the project.
 * @module
 */

import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The path of `filename` from the project's root; a relative one counts from there already. */
export function pathInProject(filename: string): string {
  return relative(ROOT, resolve(ROOT, filename));
}
