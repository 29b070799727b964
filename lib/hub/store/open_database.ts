/**
 * Opens the file of the hub's store, and begins a new one when it cannot be read any more.
 * Imports `base` and its siblings.
 * @module
 */
import { isDatabaseDamage, setAsideDatabase } from "../../base/damaged_database.ts";
import { HubError } from "../errors.ts";
import { Database } from "./database.ts";

/** A database, and what was found in its place. */
export interface OpenedDatabase {
  /** The database. */
  readonly database: Database;
  /** What was found and what was done about it; nothing if all is well. */
  readonly problem?: string;
}

/**
 * Opens the database at `path`, and begins a new one when the file cannot be read any more.
 * @throws {HubError} if it cannot be used
 */
export function openDatabase(path: string): OpenedDatabase {
  try {
    return { database: new Database(path) };
  } catch (error) {
    if (isDatabaseDamage(error)) return beginAnew(path, error.message);
    throw cannotUse(path, error);
  }
}

function beginAnew(path: string, reason: string): OpenedDatabase {
  try {
    const aside = setAsideDatabase(path);
    const problem = `the hub's store is damaged (${reason}) and was set aside as ${aside}: ` +
      "hosts, jobs and results from before are not known any more";
    return { database: new Database(path), problem };
  } catch (error) {
    throw cannotUse(path, error);
  }
}

function cannotUse(path: string, cause: unknown): HubError {
  if (cause instanceof HubError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = "look at the folder and its disk, or name another folder with --state";
  return new HubError(`the hub's store ${path} cannot be used: ${reason}`, hint, { cause });
}
