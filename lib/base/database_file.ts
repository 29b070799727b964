/**
 * SQLite files: makes them private to their owner, independent of the umask and of the mode of the
 * folder, and renames damaged ones, so that a program can start with a new file. A damaged file is
 * kept, because its data may still be recovered. Needs read and write permission for the folder.
 * @module
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
} from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Makes the database at `path` private to its owner. Call it before SQLite opens the file: a
 * missing file is made, empty and with mode 0600, and SQLite gives its log and its shared memory
 * the same mode. Existing files, and damaged ones that were renamed, lose the permissions of group
 * and others. Throws the errors of the file system.
 * @returns whether others could read stored data until now
 */
export function makeDatabasePrivate(path: string): boolean {
  const [folder, name] = [dirname(path), basename(path)];
  if (!isFolder(folder)) return false; // SQLite reports it
  // check: database-mode
  if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
  // check: database-tightened
  const open = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && isPartOf(entry.name, name))
    .map((entry) => `${folder}/${entry.name}`)
    .filter((file) => (statSync(file).mode & 0o077) !== 0);
  const wasReadable = open.some((file) => statSync(file).size > 0);
  for (const file of open) chmodSync(file, statSync(file).mode & 0o700);
  return wasReadable;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Returns whether `file` is the database `name` or one of the files beside it. */
function isPartOf(file: string, name: string): boolean {
  return file === name || file.startsWith(`${name}-`) || file.startsWith(`${name}.damaged-`);
}

/** Matches SQLite's messages about a file that is not a database, or is damaged. */
const DAMAGED = /not a database|malformed|disk image/;

/** Returns whether `error` means that the file is damaged, not that it cannot be opened. */
export function isDatabaseDamage(error: unknown): error is Error {
  return error instanceof Error && DAMAGED.test(error.message);
}

/** Returns the error in the reply to `PRAGMA quick_check(1)`; `undefined` after "ok". */
export function integrityError(verdict: unknown): Error | undefined {
  if (verdict === "ok") return undefined;
  return new Error(`malformed: ${String(verdict).split("\n").at(-1)}`);
}

/**
 * Renames the closed database at `path`, with the files beside it whose names end with one of
 * `companions`. Throws the errors of the file system.
 * @returns its new path, `PATH.damaged-N`
 */
export function setAsideDatabase(path: string, companions: readonly string[] = []): string {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`)) number++;
  const aside = `${path}.damaged-${number}`;
  for (const end of ["-wal", "-shm", ...companions, ""]) {
    if (existsSync(path + end)) renameSync(path + end, aside + end);
  }
  return aside;
}
