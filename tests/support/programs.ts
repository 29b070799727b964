/**
 * Both programs as the end-to-end tests start them: from source through the run task's script, so
 * with the real permission flags; or, where `NANOEXEC_BIN` names a folder, the executables in it
 * (`deno task test:e2e:compiled`).
 * @module
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Program, programNames } from "../../lib/cli/permissions.ts";

/** The words that start `program` with `args`: what to run first, then its arguments. */
export function programWords(program: Program, args: readonly string[]): [string, ...string[]] {
  const folder = Deno.env.get("NANOEXEC_BIN");
  if (folder) return [resolve(folder, programNames[program]), ...args];
  const script = fileURLToPath(new URL("../../scripts/run.ts", import.meta.url));
  const flags = ["--allow-read", "--allow-env", "--allow-run"];
  return [Deno.execPath(), "run", ...flags, script, program, ...args];
}
