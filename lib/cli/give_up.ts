/**
 * Permissions that are needed at the start only.
 * @module
 */

/**
 * From here on nothing is read but the program's own folders and what its command line names. Before
 * that, the folders above them were looked at (`lib/base/folder_chain.ts`). Happens at once, so that
 * nothing can arrive from the network meanwhile.
 */
export function giveUpRoot(): void {
  Deno.permissions.revokeSync({ name: "read", path: "/" });
}
