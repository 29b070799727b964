/**
 * Folders for private files. Needs read and write permission, and `--allow-sys=uid`.
 * @module
 */
import { PrivateFileError } from "./errors.ts";
import { FolderChain } from "./folder_chain.ts";

/**
 * Makes the folder at `path` with mode 0700, and those above, unless it is there. It is looked at
 * before, so that no link of somebody else's leads elsewhere, and after, since in a folder like
 * `/tmp` somebody may have been quicker.
 * @throws {PrivateFileError} if others could put files into it, or another folder in its place
 */
export function makePrivateFolder(path: string): void {
  const folders = new FolderChain();
  refuse(folders, path); // check: folder-made
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  refuse(folders, path);
}

function refuse(folders: FolderChain, path: string): void {
  const found = folders.problem(path);
  // check: folder-refused
  if (found) throw new PrivateFileError(`${path} cannot be used: ${found.problem}`, found.hint);
}
