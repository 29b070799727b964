/**
 * Permissions that are needed at the start only.
 * @module
 */
import { environmentNames, LOCAL_SHELL } from "./permissions.ts";

const FACT_SOURCES = ["hostname", "osRelease", "systemMemoryInfo", "networkInterfaces"] as const;

/**
 * From here on nothing is read but the program's own folders and what its command line names. Before
 * that, the folders above them were looked at (`lib/base/private_folder.ts`). Happens at once, so that
 * nothing can arrive from the network meanwhile.
 */
export function giveUpRoot(): void {
  Deno.permissions.revokeSync({ name: "read", path: "/" });
}

/** No command is run on this machine: an executable may have been built with the right to do so. */
export function giveUpLocalShell(): void {
  Deno.permissions.revokeSync({ name: "run", command: LOCAL_SHELL });
}

/** As {@linkcode giveUpRoot}, and neither the environment nor the system's figures are read any more. */
export function giveUpSurroundings(): void {
  giveUpRoot();
  for (const variable of environmentNames) Deno.permissions.revokeSync({ name: "env", variable });
  for (const kind of FACT_SOURCES) Deno.permissions.revokeSync({ name: "sys", kind });
}

/** As {@linkcode giveUpSurroundings}, and no program is started any more. */
export function giveUpPrograms(): void {
  giveUpSurroundings();
  Deno.permissions.revokeSync({ name: "run" });
}
