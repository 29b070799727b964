/**
 * Opens the SQLite file of the hub's store, with prepared statements. A damaged file is set aside
 * and a new one created. The file of another program or of a newer version is refused.
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  integrityError,
  isDatabaseDamage,
  makeDatabasePrivate,
  setAsideDatabase,
} from "../../base/database_file.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import { APPLICATION_ID, SCHEMA_VERSION, TABLES } from "./schema.ts";

/** Returns the columns of `row` that are not NULL, as an ordinary object. */
export function withoutNulls(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const column in row) if (row[column] !== null) record[column] = row[column];
  return record;
}

/** A parameter of a statement. */
export type SqlValue = string | number | null | Uint8Array;

/** A row of a result, by column. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** How many bytes of the write-ahead log stay on disk after a checkpoint. */
const LOG_BYTES = 16 * 1024 * 1024;
/** How many pages are freed at once: some tens of milliseconds. */
const FREED_PAGES = 4_096;
/** How long to wait for another program that reads the file, in milliseconds. */
const BUSY_MS = 2_000;

/** An open database. All methods throw the errors of `node:sqlite`. */
export class Database implements Disposable {
  /** The path of the file, or `:memory:`. */
  readonly path: string;
  /** Whether other users could read the file until it was opened. */
  readonly wasReadableByOthers: boolean;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file at `path`, creating the tables if there are none.
   * @throws {UserError} if another program, or a newer version of this one, wrote the file
   */
  constructor(path: string) {
    this.path = path;
    this.wasReadableByOthers = path !== ":memory:" && makeDatabasePrivate(path);
    this.#database = new DatabaseSync(path);
    try {
      this.#prepareFile();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Whether a transaction is open: a full disk ends it by itself. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Runs statements that have no parameters and return nothing. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs a statement; returns how many rows have changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Runs an INSERT of one row; returns its row id. */
  insert(sql: string, ...values: readonly SqlValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  /** Returns the first row of a statement. */
  get(sql: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    return this.#prepare(sql).get(...values);
  }

  /** Returns all rows of a statement. */
  all(sql: string, ...values: readonly SqlValue[]): SqlRow[] {
    return this.#prepare(sql).all(...values);
  }

  /** Returns how many bytes of the file are in use. */
  usedBytes(): number {
    const pages = this.#pragma("page_count") - this.#pragma("freelist_count");
    return pages * this.#pragma("page_size");
  }

  /** Returns how many bytes of the file a table and its indexes use. Reads all of their pages. */
  bytesOfTable(name: string): number {
    const sizes = "SELECT total(pgsize) AS bytes FROM dbstat WHERE name IN " +
      "(SELECT name FROM sqlite_schema WHERE tbl_name = ?)";
    return Number(this.get(sizes, name)?.bytes);
  }

  /** Returns some of the free pages to the file system, within a transaction. */
  shrink(): void {
    // Each step frees one page.
    if (this.#pragma("freelist_count") > 0) this.all(`PRAGMA incremental_vacuum(${FREED_PAGES})`);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #prepareFile(): void {
    this.execute(`PRAGMA busy_timeout = ${BUSY_MS}`);
    const isNew = this.get("SELECT 1 FROM sqlite_schema") === undefined;
    if (!isNew) this.#refuseForeignFile();
    // Works only before the first table exists.
    this.execute("PRAGMA auto_vacuum = INCREMENTAL");
    this.execute("PRAGMA journal_mode = WAL");
    this.execute(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    if (isNew) this.execute(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
    const damage = integrityError(this.get("PRAGMA quick_check(1)")?.quick_check);
    if (damage) throw damage;
  }

  #refuseForeignFile(): void {
    if (this.#pragma("application_id") !== APPLICATION_ID) {
      const hint = "use another folder with --state";
      throw new UserError(`not a hub store: ${this.path} is the database of another program`, {
        hint,
      });
    }
    const version = this.#pragma("user_version");
    if (version <= SCHEMA_VERSION) return;
    throw new UserError(
      `the hub store ${this.path} was written by a newer version of this program ` +
        `(format ${version}, supported up to ${SCHEMA_VERSION})`,
      { hint: "use that version, or another folder with --state" },
    );
  }

  #pragma(name: string): number {
    return Number(this.get(`PRAGMA ${name}`)?.[name]);
  }

  #prepare(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** A database and the problem found on opening it. */
export interface OpenedDatabase {
  /** The database. */
  readonly database: Database;
  /** The problem and its consequence; absent if there is none. */
  readonly problem?: string;
}

/**
 * Opens the database at `path`, and creates a new one if the file is unreadable.
 * @throws {UserError} if it cannot be used
 */
export function openDatabase(path: string): OpenedDatabase {
  try {
    const database = new Database(path);
    return database.wasReadableByOthers ? { database, problem: readableText(path) } : { database };
  } catch (error) {
    if (isDatabaseDamage(error)) return beginAnew(path, error.message);
    throw cannotUse(path, error);
  }
}

function readableText(path: string): string {
  return `the hub store ${path} was readable by other users: mode changed to 0600`;
}

function beginAnew(path: string, reason: string): OpenedDatabase {
  try {
    const aside = setAsideDatabase(path);
    const problem = `the hub store is damaged (${reason}) and was set aside as ${aside}: ` +
      "the new store has no earlier hosts, jobs and results";
    return { database: new Database(path), problem };
  } catch (error) {
    throw cannotUse(path, error);
  }
}

function cannotUse(path: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const reason = messageOf(cause);
  const hint = "check the folder and its disk, or use another folder with --state";
  return new UserError(`cannot use the hub store ${path}: ${reason}`, { hint, cause });
}
