/**
 * The agent's record of requests, so that none runs twice (replay) and no result is lost: one row
 * per accepted request, on disk before its command starts. `node:sqlite` in WAL mode with full
 * synchronisation, so that a write that returned survives a power cut.
 *
 * When the file is damaged, it is set aside and a new journal begins. The host stays usable, and
 * requests from before that time are refused.
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Clock, systemClock } from "../../base/clock.ts";
import {
  integrityError,
  isDatabaseDamage,
  makeDatabasePrivate,
  setAsideDatabase,
} from "../../base/database_file.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import { FileStamp } from "./file_stamp.ts";

/** What is remembered of a request from the moment it is accepted. Times in ms since 1970. */
export interface AcceptedRequest {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** SHA-256 of the signed body, hexadecimal. */
  readonly digest: string;
  /** When it was signed; 0 if nobody has signed it. */
  readonly issued: number;
  /** The last moment at which it may begin to run. */
  readonly expires: number;
}

/** What {@linkcode Journal.accept} found. */
export type Acceptance =
  /** New, and now on disk: it may run. */
  | { readonly kind: "new" }
  /** Seen before, so it must not run. */
  | { readonly kind: "seen" }
  /** There is no room for more unexpired requests. */
  | { readonly kind: "full" };

/** A result that the hub has not acknowledged. */
export interface HeldResult {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** The signed envelope. */
  readonly result: Uint8Array;
}

/** Settings of a journal. */
export interface JournalOptions {
  /** The database file; `:memory:` forgets everything at the end of the process. */
  readonly path: string;
  /** How many unexpired requests are remembered at most. */
  readonly capacity?: number;
  /** The source of time; the machine's own clock by default. */
  readonly clock?: Clock;
}

const CAPACITY = 100_000;
/** How long a request is remembered after it has expired: clocks differ. */
const REMEMBER_MS = 60_000;
/** How long a result waits, after its request has expired, for a hub that may never come back. */
const HOLD_MS = 7 * 86_400_000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS request (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL,
    state TEXT NOT NULL, result BLOB
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS signed ON request (state, expires) WHERE issued > 0;
  CREATE INDEX IF NOT EXISTS unsigned ON request (state, expires) WHERE issued = 0;
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`;

/** The agent's memory of requests. */
export class Journal implements Disposable {
  /** Whether the file was there and somebody else has changed it: it may lack what was run. */
  readonly changedByOthers: boolean;
  /** Whether other users could read the file until it was opened. */
  readonly wasReadableByOthers: boolean;
  readonly #database: DatabaseSync;
  readonly #stamp: FileStamp | undefined;
  readonly #capacity: number;
  readonly #clock: Clock;
  readonly #statements = new Map<string, StatementSync>();
  readonly #token = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  #floor: number;
  /** The monotonic time before which the journal knows of nothing, if there is one. */
  readonly #beganMonotonic: number | undefined;
  #latestIssued: number;
  #remembered: number;

  /** Opens the journal, making it if there is none. Throws what `node:sqlite` throws. */
  constructor({ path, capacity = CAPACITY, clock = systemClock }: JournalOptions) {
    this.#capacity = capacity;
    this.#clock = clock;
    // check: journal-log
    this.#stamp = path === ":memory:" ? undefined : new FileStamp(path, ["-wal"]);
    // After the stamp, which would count the new mode as somebody else's change.
    this.wasReadableByOthers = path !== ":memory:" && makeDatabasePrivate(path);
    this.#database = openDatabase(path);
    const token = this.#mark("token");
    // check: journal-stamp
    const isOurs = token !== undefined && this.#stamp?.isUntouched(token) === true;
    this.changedByOthers = token !== undefined && !isOurs;
    const idleMs = this.#stamp?.idleMs ?? 0;
    this.#beganMonotonic = isOurs ? undefined : clock.monotonic() - idleMs;
    // check: journal-floor
    this.#floor = Math.max(this.#mark("floor") ?? 0, isOurs ? 0 : clock.now() - idleMs + 1);
    this.#latestIssued = this.#mark("latestIssued") ?? 0;
    this.#remembered = Number(this.#all("SELECT count(*) AS n FROM request")[0]?.n);
    this.#transaction(() => this.#setMark("token", this.#token)); // check: journal-token
  }

  /**
   * Requests issued before this time are refused: what was run then may be unknown here. A journal
   * that was lost or put back begins when its files were last touched, for nothing was run after
   * that: what was issued while a host without power was away can be obeyed. A clock that was set
   * forward since this process began knows that moment better than it did itself.
   */
  get floor(): number {
    if (this.#beganMonotonic === undefined) return this.#floor;
    const began = this.#clock.now() - (this.#clock.monotonic() - this.#beganMonotonic);
    return Math.max(this.#floor, Math.trunc(began) + 1); // check: floor-after-step
  }

  /** The latest time at which an accepted request was issued, by the clocks of operators. */
  get latestIssued(): number {
    return this.#latestIssued;
  }

  /** Writes down that `request` is about to run, unless its id was seen before. On disk when it returns. */
  accept(request: AcceptedRequest): Acceptance {
    const { id, digest, issued, expires } = request;
    if (this.digestOf(id) !== undefined) return { kind: "seen" }; // check: journal-replay
    const latest = Math.max(this.#latestIssued, issued);
    const { isNew, remembered } = this.#transaction(() => {
      const left = this.#remembered - this.#forgetOld(latest);
      // check: journal-capacity
      if (left >= this.#capacity) return { isNew: false, remembered: left };
      const insert = "INSERT INTO request VALUES (?, ?, ?, ?, 'accepted', NULL)";
      this.#run(insert, id, digest, issued, expires);
      this.#setMark("latestIssued", latest); // check: journal-latest
      return { isNew: true, remembered: left + 1 };
    });
    this.#remembered = remembered;
    if (!isNew) return { kind: "full" };
    this.#latestIssued = latest;
    return { kind: "new" };
  }

  /** The digest of the accepted request of this id, if there was one. */
  digestOf(id: string): string | undefined {
    const [row] = this.#all("SELECT digest FROM request WHERE id = ?", id);
    return row && String(row.digest);
  }

  /** Keeps the signed result of `id` until it is acknowledged. */
  ended(id: string, result: Uint8Array): void {
    const change = "UPDATE request SET state = 'ended', result = ? WHERE id = ?";
    this.#transaction(() => this.#run(change, result, id));
  }

  /**
   * The hub keeps the result of `id`; that the request was seen is still remembered. A request
   * that has not ended is left alone, whatever a hub says.
   */
  acknowledged(id: string): void {
    const change =
      // check: journal-acknowledged
      "UPDATE request SET state = 'acknowledged', result = NULL WHERE id = ? AND state = 'ended'";
    this.#transaction(() => this.#run(change, id));
  }

  /** At most `limit` results that the hub has not acknowledged, oldest first. */
  held(limit: number): HeldResult[] {
    const held = "SELECT id, result FROM request WHERE state = 'ended' ORDER BY expires LIMIT ?";
    // The columns are of these types, and a row that has ended has a result.
    return this.#all(held, limit) as unknown as HeldResult[];
  }

  /** The result of `id`, if it has ended and was not acknowledged. */
  resultOf(id: string): Uint8Array | undefined {
    const [row] = this.#all("SELECT result FROM request WHERE id = ? AND state = 'ended'", id);
    return row?.result as Uint8Array | undefined;
  }

  /** Requests that an earlier process accepted and did not end: nobody knows how far they came. */
  interrupted(): { readonly id: string; readonly digest: string }[] {
    const rows = this.#all("SELECT id, digest FROM request WHERE state = 'accepted'");
    return rows.map((row) => ({ id: row.id as string, digest: row.digest as string }));
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (!this.#database.isOpen) return;
    try {
      this.#transaction(() => {});
    } finally {
      this.#database.close();
      this.#stamp?.update(this.#token);
    }
  }

  /**
   * Forgets what cannot be obeyed any more. For signed requests that is measured with signed time:
   * whatever has expired by then stays refused however the local clock is moved, because it is
   * either behind `latest` or behind the request's end.
   * @returns how many were forgotten
   */
  #forgetOld(latest: number): number {
    const now = this.#clock.now();
    const old = (state: string, sign: string) =>
      // check: journal-eviction
      `DELETE FROM request WHERE state = '${state}' AND expires < ? AND issued ${sign} 0`;
    const signed = Math.min(now, latest) - REMEMBER_MS; // check: journal-clocks
    return this.#run(old("acknowledged", ">"), signed) +
      this.#run(old("ended", ">"), signed - HOLD_MS) +
      this.#run(old("acknowledged", "="), now - REMEMBER_MS) +
      this.#run(old("ended", "="), now - HOLD_MS);
  }

  #mark(name: string): number | undefined {
    const value = this.#all("SELECT value FROM mark WHERE name = ?", name)[0]?.value;
    return value === undefined ? undefined : Number(value);
  }

  #setMark(name: string, value: number): void {
    this.#run("INSERT OR REPLACE INTO mark VALUES (?, ?)", name, Math.trunc(value));
  }

  /** Makes a change whole or not at all, and notes how it left the files. */
  #transaction<T>(change: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.#setMark("floor", this.floor);
      this.#database.exec("COMMIT");
      this.#stamp?.update(this.#token);
      return result;
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #all(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.#prepare(sql).all(...values);
  }

  #prepare(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(SCHEMA);
    const [check] = database.prepare("PRAGMA quick_check(1)").all();
    const damage = integrityError(check?.quick_check);
    if (damage) throw damage;
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A journal and what is to be said about it. */
export interface OpenedJournal {
  /** Remembers requests and their results. */
  readonly journal: Journal;
  /** What was wrong and what follows from it, one text each. */
  readonly problems: readonly string[];
}

const CONSEQUENCE = "requests from before this start are refused";

/**
 * Opens the journal.
 * @throws {UserError} if it cannot be used: without a journal, nothing may run
 */
export function openJournal(options: JournalOptions): OpenedJournal {
  try {
    const journal = new Journal(options);
    return { journal, problems: problemsOf(journal, options) };
  } catch (error) {
    if (isDatabaseDamage(error)) return replaceDamaged(options, error.message);
    throw journalError(options, error);
  }
}

function replaceDamaged(options: JournalOptions, reason: string): OpenedJournal {
  const aside = setAsideDatabase(options.path, ["-stamp"]);
  const problem =
    `the journal is damaged (${reason}) and was set aside as ${aside}: ${CONSEQUENCE}`;
  try {
    const journal = new Journal(options);
    return { journal, problems: [problem, ...problemsOf(journal, options)] };
  } catch (error) {
    throw journalError(options, error);
  }
}

function problemsOf(journal: Journal, { path }: JournalOptions): string[] {
  return [
    ...(journal.changedByOthers
      ? [`the journal was changed by somebody else: ${CONSEQUENCE}`]
      : []),
    ...(journal.wasReadableByOthers
      ? [`other users could read the journal ${path}: its mode is 0600 now`]
      : []),
  ];
}

function journalError({ path }: JournalOptions, cause: unknown): UserError {
  const reason = messageOf(cause);
  return new UserError(`the journal ${path} cannot be used: ${reason}`, {
    hint:
      "without it a command could run twice; look at the disk, or name another folder with --state",
    cause,
  });
}
