/**
 * Writes private files durably: after a power failure a file is whole or absent. Needs read and
 * write permission for the file's folder, which is synced as well.
 * @module
 */
import { dirname } from "node:path";

/**
 * Replaces the file at `path` in one step, or makes it, with mode 0600. Its bytes and its name are
 * on disk when this returns. Never writes through a link. Throws what the file system throws; the
 * old file is then as it was.
 * @param draft the file's name until it is whole, in the same folder; a file of that name is removed
 */
export function writeDurably(path: string, bytes: Uint8Array, draft = `${path}.draft`): void {
  removeLeftover(draft);
  createSynced(draft, bytes);
  Deno.renameSync(draft, path);
  syncFolder(dirname(path));
}

/**
 * Makes the file at `path` with mode 0600. Its bytes and its name are on disk when this returns.
 * Throws what the file system throws; no file is left then.
 * @throws {Deno.errors.AlreadyExists} if there is a file, a folder or a link of that name
 */
export function createDurably(path: string, bytes: Uint8Array): void {
  createSynced(path, bytes);
  syncFolder(dirname(path));
}

/** Has the names in a folder on disk when it returns. */
export function syncFolder(path: string): void {
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}

function createSynced(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { createNew: true, write: true, mode: 0o600 });
  try {
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
}

/** Removes what a crash has left, or what somebody has put there to be written through. */
function removeLeftover(path: string): void {
  try {
    if (!Deno.lstatSync(path).isDirectory) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
