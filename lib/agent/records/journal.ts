/**
 * The agent's journal of requests: none runs twice (replay), and no result is lost. It has one row
 * per accepted request, on disk before its command starts. It uses `node:sqlite` in WAL mode with
 * full synchronisation, so that every write survives a power cut.
 *
 * A damaged file is set aside, and a new journal starts. The host stays usable, and requests from
 * before that time are refused.
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

/** A request in the journal, from its acceptance. Times in ms since 1970. */
export interface AcceptedRequest {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Hex SHA-256 of the signed body. */
  readonly digest: string;
  /** The time of signing; 0 if it is unsigned. */
  readonly issued: number;
  /** The latest start time. */
  readonly expires: number;
}

/** A cancel that arrived before its request. */
export interface EarlyCancel {
  /** The id of the request. */
  readonly job: string;
  /** The key that signed the cancel. */
  readonly keyid: string;
  /** Hex SHA-256 of the request's body; empty for any request of this id. */
  readonly digest: string;
  /** How long it counts, in ms since 1970. */
  readonly until: number;
}

/** The result of {@linkcode Journal.accept}. */
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

/** Options of a journal. */
export interface JournalOptions {
  /** The path of the database; `:memory:` keeps it in memory. */
  readonly path: string;
  /** The most unexpired requests to store. */
  readonly capacity?: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

const CAPACITY = 100_000;
/** How long a request stays after its expiry, because clocks differ. */
const REMEMBER_MS = 60_000;
/** How long a result stays after the expiry of its request, if no hub acknowledges it. */
const HOLD_MS = 7 * 86_400_000;

/** How many early cancels of one key are stored. */
const MAX_CANCELS_PER_KEY = 1_000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS request (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL,
    state TEXT NOT NULL, result BLOB
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS signed ON request (state, expires) WHERE issued > 0;
  CREATE INDEX IF NOT EXISTS unsigned ON request (state, expires) WHERE issued = 0;
  CREATE TABLE IF NOT EXISTS cancel (
    job TEXT NOT NULL, keyid TEXT NOT NULL, digest TEXT NOT NULL, until INTEGER NOT NULL,
    UNIQUE (job, keyid, digest)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`;

/** The agent's journal of requests. */
export class Journal implements Disposable {
  /** Whether another process has changed the file, so that requests may be missing. */
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
  /** The monotonic time before which the journal is incomplete, if there is one. */
  readonly #beganMonotonic: number | undefined;
  #latestIssued: number;
  #remembered: number;

  /** Opens the journal, creating it if it is missing. Throws the errors of `node:sqlite`. */
  constructor({ path, capacity = CAPACITY, clock = systemClock }: JournalOptions) {
    this.#capacity = capacity;
    this.#clock = clock;
    // check: journal-log
    this.#stamp = path === ":memory:" ? undefined : new FileStamp(path, ["-wal"]);
    // After the stamp, which would count the new mode as another process's change.
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
   * The time before which requests are refused, because the journal may lack them. A lost or
   * restored journal starts when its files were last touched, because no command ran after that.
   * Requests that were issued while the host had no power can still run. If the clock was set
   * forward since, the floor follows the monotonic clock.
   */
  get floor(): number {
    if (this.#beganMonotonic === undefined) return this.#floor;
    const began = this.#clock.now() - (this.#clock.monotonic() - this.#beganMonotonic);
    return Math.max(this.#floor, Math.trunc(began) + 1); // check: floor-after-step
  }

  /** The latest time of issue of an accepted request, by the operators' clocks. */
  get latestIssued(): number {
    return this.#latestIssued;
  }

  /** Records that `request` is about to run, unless its id was seen before. On disk on return. */
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

  /** Returns the digest of the accepted request of this id, if there is one. */
  digestOf(id: string): string | undefined {
    const [row] = this.#all("SELECT digest FROM request WHERE id = ?", id);
    return row && String(row.digest);
  }

  /** Stores the signed result of `id` until it is acknowledged. */
  ended(id: string, result: Uint8Array): void {
    const change = "UPDATE request SET state = 'ended', result = ? WHERE id = ?";
    this.#transaction(() => this.#run(change, result, id));
  }

  /**
   * Removes the result of `id`, which the hub has stored; the request itself stays. A request
   * without a result does not change.
   */
  acknowledged(id: string): void {
    const change =
      // check: journal-acknowledged
      "UPDATE request SET state = 'acknowledged', result = NULL WHERE id = ? AND state = 'ended'";
    this.#transaction(() => this.#run(change, id));
  }

  /** Returns at most `limit` unacknowledged results, oldest first. */
  held(limit: number): HeldResult[] {
    const held = "SELECT id, result FROM request WHERE state = 'ended' ORDER BY expires LIMIT ?";
    // The schema guarantees the types, and a row that has ended has a result.
    return this.#all(held, limit) as unknown as HeldResult[];
  }

  /** Returns the unacknowledged result of `id`, if it has ended. */
  resultOf(id: string): Uint8Array | undefined {
    const [row] = this.#all("SELECT result FROM request WHERE id = ? AND state = 'ended'", id);
    return row?.result as Uint8Array | undefined;
  }

  /** Returns the requests that an earlier process accepted and did not end. */
  interrupted(): { readonly id: string; readonly digest: string }[] {
    const rows = this.#all("SELECT id, digest FROM request WHERE state = 'accepted'");
    return rows.map((row) => ({ id: row.id as string, digest: row.digest as string }));
  }

  /**
   * Stores a cancel of a request that is not here; false if it is stored already. A key that has
   * stored too many loses its oldest.
   */
  addCancel({ job, keyid, digest, until }: EarlyCancel): boolean {
    const isKnown = this.cancelsOf(job).some((it) => it.keyid === keyid && it.digest === digest);
    if (isKnown) return false;
    const old = Math.min(this.#clock.now(), this.#latestIssued);
    this.#transaction(() => {
      this.#run("DELETE FROM cancel WHERE until < ?", old);
      this.#run("INSERT INTO cancel VALUES (?, ?, ?, ?)", job, keyid, digest, until);
      const newest = "SELECT rowid FROM cancel WHERE keyid = ? ORDER BY until DESC LIMIT ?";
      this.#run(
        `DELETE FROM cancel WHERE keyid = ? AND rowid NOT IN (${newest})`,
        ...[keyid, keyid, MAX_CANCELS_PER_KEY],
      );
    });
    return true;
  }

  /** Returns the stored cancels of request `job`. */
  cancelsOf(job: string): readonly EarlyCancel[] {
    // The schema guarantees the types.
    return this.#all("SELECT * FROM cancel WHERE job = ?", job) as unknown as EarlyCancel[];
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
   * Deletes requests that can no longer run. For signed requests it uses signed time. An expired
   * request stays refused even if the local clock changes: it is behind `latest` or behind its own
   * expiry.
   * @returns how many were deleted
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

  /** Runs a change in a transaction, and stamps the files after it. */
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

/** A journal and its problems. */
export interface OpenedJournal {
  /** Stores requests and their results. */
  readonly journal: Journal;
  /** Problems and their consequences, one text each. */
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
    ...(journal.changedByOthers ? [`another program has changed the journal: ${CONSEQUENCE}`] : []),
    ...(journal.wasReadableByOthers
      ? [`other users could read the journal ${path}: its mode is 0600 now`]
      : []),
  ];
}

function journalError({ path }: JournalOptions, cause: unknown): UserError {
  const reason = messageOf(cause);
  return new UserError(`cannot use the journal ${path}: ${reason}`, {
    hint: "check the disk, or use another folder with --state",
    cause,
  });
}
