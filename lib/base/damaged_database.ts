/**
 * Detects a damaged SQLite file and renames it, so that a program can start with a new one. The
 * damaged file is kept, because its data may still be recovered. Needs read and write permission
 * for the folder.
 * @module
 */
import { existsSync, renameSync } from "node:fs";

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
