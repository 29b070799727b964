/**
 * The command line that starts this program again as another user, with the same permissions.
 * @module
 */
import { userFolders } from "./folders.ts";
import { permissionFlags, type PermissionScope, type Program } from "./permissions.ts";

/**
 * The program, whether it is one executable or Deno running its source, with `args`, which name the
 * paths of `scope`.
 */
export function restartCommand(
  program: Program,
  args: readonly string[],
  scope: PermissionScope,
): [string, ...string[]] {
  if (Deno.build.standalone) return [Deno.execPath(), ...args];
  const user = userFolders({ HOME: Deno.env.get("HOME") });
  const flags = permissionFlags(program, { ...scope, user });
  return [Deno.execPath(), "run", ...flags, Deno.mainModule, ...args];
}
