/**
 * The command line that starts this program again as another user, with the same permissions.
 * @module
 */
import { userFolders } from "./folders.ts";
import { namedPaths } from "./named_paths.ts";
import { permissionFlags, type Program } from "./permissions.ts";

/** The program, whether it is one executable or Deno running its source, with `args`. */
export function restartCommand(program: Program, args: readonly string[]): [string, ...string[]] {
  if (Deno.build.standalone) return [Deno.execPath(), ...args];
  const user = userFolders({ HOME: Deno.env.get("HOME") });
  const flags = permissionFlags(program, { user, ...namedPaths(args) });
  return [Deno.execPath(), "run", ...flags, Deno.mainModule, ...args];
}
