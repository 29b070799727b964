/**
 * Writes private files durably: after a power failure a file is whole or absent. Needs read and
 * write permission for the file's folder, which is synced as well.
 * @module
 */
import { dirname } from "node:path";

/**
 * Replaces the file at `path` in one step, or makes it, with mode 0600. Its bytes and its name are
 * on disk when this returns. Never writes through a link. Throws the errors of the file system; the
 * old file is then unchanged.
 * @param draft the file's name until it is whole, in the same folder; a file of that name is
 * removed
 */
export function writeDurably(path: string, bytes: Uint8Array, draft = `${path}.draft`): void {
  removeLeftover(draft);
  createSynced(draft, bytes);
  Deno.renameSync(draft, path);
  syncFolder(dirname(path));
}

/**
 * Makes the file at `path` with mode 0600. Its bytes and its name are on disk when this returns.
 * Throws the errors of the file system; no file is left then.
 * @throws {Deno.errors.AlreadyExists} if there is a file, a folder or a link of that name
 */
export function createDurably(path: string, bytes: Uint8Array): void {
  createSynced(path, bytes);
  syncFolder(dirname(path));
}

/** Syncs a folder: the names in it are on disk when this returns. */
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

/** Removes the draft of a crashed process, or a link that somebody put in its place. */
function removeLeftover(path: string): void {
  try {
    if (!Deno.lstatSync(path).isDirectory) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
