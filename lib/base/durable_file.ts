/**
 * Writes a file durably and atomically: after a power failure it is whole or absent. Needs write
 * permission, and read permission for the folder, which is synced as well.
 * @module
 */

/**
 * Writes a private file and gives it its name; both are on disk when this returns.
 * Throws what the file system throws.
 * @param draft its name until it is whole, in the same folder
 */
export function writeDurably(path: string, bytes: Uint8Array, draft = `${path}.draft`): void {
  {
    using file = Deno.openSync(draft, { create: true, truncate: true, write: true, mode: 0o600 });
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
  }
  Deno.renameSync(draft, path);
  syncFolder(path.slice(0, path.lastIndexOf("/")));
}

/** Has the names in a folder on disk when it returns. */
export function syncFolder(path: string): void {
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}
