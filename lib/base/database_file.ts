/**
 * SQLite files: kept private to their owner whatever the umask and the folder's mode, and renamed
 * when they are damaged, so that a program can start with a new one. A damaged file is kept, because
 * its data may still be recovered. Needs read and write permission for the folder.
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
 * Makes sure that only the owner can read the database at `path`. To be called before SQLite opens
 * it: a missing file is made, empty and with mode 0600, and SQLite gives its log and its shared memory
 * the same mode. Existing files, also damaged ones that were set aside, lose the bits of group and
 * others. Throws what the file system throws.
 * @returns whether anything that was stored could be read by others until now
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

/** Whether `file` is the database `name`, or one of the files that SQLite or a crash puts beside it. */
function isPartOf(file: string, name: string): boolean {
  return file === name || file.startsWith(`${name}-`) || file.startsWith(`${name}.damaged-`);
}

/** What SQLite says of a file that is not a database, or no longer a whole one. */
const DAMAGED = /not a database|malformed|disk image/;

/** Tells whether `error` means that the file is damaged, and not that it cannot be reached. */
export function isDatabaseDamage(error: unknown): error is Error {
  return error instanceof Error && DAMAGED.test(error.message);
}

/** What `PRAGMA quick_check(1)` says is wrong, on one line; nothing if all is well. */
export function integrityError(verdict: unknown): Error | undefined {
  if (verdict === "ok") return undefined;
  return new Error(`malformed: ${String(verdict).split("\n").at(-1)}`);
}

/**
 * Renames the closed database at `path`, with the files beside it whose names go on with one of
 * `companions`. Throws what the file system throws.
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
