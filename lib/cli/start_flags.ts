/**
 * The permission flags for one start of a program under Deno.
 * @module
 */
import { namedPaths } from "./args/named_paths.ts";
import type { Program as Registry } from "./args/command.ts";
import { execProgram } from "./exec_program.ts";
import type { ProgramFolders } from "./sandbox/folders.ts";
import { permissionFlags, type Program } from "./sandbox/permissions.ts";
import { triggerProgram } from "./trigger_program.ts";

/** Both programs with their commands. */
export const programs: Readonly<Record<Program, Registry>> = {
  exec: execProgram,
  trigger: triggerProgram,
};

/**
 * Returns the flags for `deno run` that `program` needs for `args` and the folders of `user`.
 * @throws {RangeError} if a folder cannot be expressed as a permission
 */
export function startFlags(
  program: Program,
  args: readonly string[],
  user: ProgramFolders | undefined,
): string[] {
  return permissionFlags(program, { user, ...namedPaths(programs[program], args) });
}
