/**
 * What the agent remembers of requests, so that none of them runs twice and no result is lost:
 * one row per accepted request, on disk before its command starts. `node:sqlite`, in WAL mode and
 * with full synchronisation, so that a write that returned survives a power cut.
 * @module
 */
import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Clock, systemClock } from "../base/clock.ts";

/** What is remembered of a request from the moment it is accepted. Times in ms since 1970. */
export interface AcceptedRequest {
  readonly id: string;
  /** SHA-256 of the signed body, hexadecimal. */
  readonly digest: string;
  readonly issued: number;
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
  readonly clock?: Clock;
}

const CAPACITY = 100_000;
/** How long a request is remembered after it has expired: clocks differ. */
const REMEMBER_MS = 60_000;
/** How much later than its last write a file may have been changed without looking restored. */
const TOUCH_SLACK_MS = 5_000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS request (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL,
    state TEXT NOT NULL, result BLOB
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS by_expiry ON request (expires);
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`;

/** The agent's memory of requests. */
export class Journal implements Disposable {
  /**
   * Requests issued at this time or before are refused: what was run then may be unknown here.
   * It is the journal's beginning, or the moment when a file was put back from a copy.
   */
  readonly floor: number;
  readonly #database: DatabaseSync;
  readonly #capacity: number;
  readonly #clock: Clock;
  readonly #statements = new Map<string, StatementSync>();
  #remembered: number;

  /** Opens the journal, making it if there is none. Throws what `node:sqlite` throws. */
  constructor({ path, capacity = CAPACITY, clock = systemClock }: JournalOptions) {
    const touched = changeTime(path);
    this.#capacity = capacity;
    this.#clock = clock;
    this.#database = new DatabaseSync(path);
    this.#database.exec(SCHEMA);
    this.#remembered = Number(this.#all("SELECT count(*) AS n FROM request")[0]?.n);
    this.floor = this.#findFloor(touched);
    this.#setMark("floor", this.floor);
    this.#setMark("written", clock.now());
  }

  /** The latest time at which an accepted request was issued, by the clocks of operators. */
  get latestIssued(): number {
    return this.#mark("latestIssued") ?? 0;
  }

  /** Writes down that `request` is about to run, unless its id was seen before. On disk when it returns. */
  accept(request: AcceptedRequest): Acceptance {
    const { id, digest, issued, expires } = request;
    if (this.digestOf(id) !== undefined) return { kind: "seen" };
    this.#forgetExpired();
    if (this.#remembered >= this.#capacity) return { kind: "full" };
    this.#atOnce(() => {
      const insert = "INSERT INTO request VALUES (?, ?, ?, ?, 'accepted', NULL)";
      this.#remembered += this.#run(insert, id, digest, issued, expires);
      this.#setMark("latestIssued", Math.max(this.latestIssued, issued));
      this.#setMark("written", this.#clock.now());
    });
    return { kind: "new" };
  }

  /** The digest of the accepted request of this id, if there was one. */
  digestOf(id: string): string | undefined {
    const [row] = this.#all("SELECT digest FROM request WHERE id = ?", id);
    return row && String(row.digest);
  }

  /** Keeps the signed result of `id` until it is acknowledged. */
  ended(id: string, result: Uint8Array): void {
    this.#atOnce(() => {
      this.#run("UPDATE request SET state = 'ended', result = ? WHERE id = ?", result, id);
      this.#setMark("written", this.#clock.now());
    });
  }

  /** The hub keeps the result of `id`; that the request was seen is still remembered. */
  acknowledged(id: string): void {
    this.#run("UPDATE request SET state = 'acknowledged', result = NULL WHERE id = ?", id);
  }

  /** Results that the hub has not acknowledged, such as those of an earlier process. */
  held(): HeldResult[] {
    const rows = this.#all("SELECT id, result FROM request WHERE state = 'ended'");
    return rows.map((row) => ({ id: row.id as string, result: row.result as Uint8Array }));
  }

  /** Requests that an earlier process accepted and did not end: nobody knows how far they came. */
  interrupted(): { readonly id: string; readonly digest: string }[] {
    const rows = this.#all("SELECT id, digest FROM request WHERE state = 'accepted'");
    return rows.map((row) => ({ id: row.id as string, digest: row.digest as string }));
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#setMark("written", this.#clock.now());
    this.#database.close();
  }

  /**
   * A copy that was put back lacks what ran since it was made. The kernel's change time gives it
   * away: our own last write is noted inside, and a file changed later was changed by others.
   */
  #findFloor(touched: number | undefined): number {
    const written = this.#mark("written");
    const known = this.#mark("floor");
    if (written === undefined || known === undefined || touched === undefined) {
      return this.#clock.now();
    }
    return touched > written + TOUCH_SLACK_MS ? Math.max(known, touched) : known;
  }

  #forgetExpired(): void {
    const past = this.#clock.now() - REMEMBER_MS;
    const old = "DELETE FROM request WHERE expires < ? AND state = 'acknowledged'";
    this.#remembered -= this.#run(old, past);
  }

  #mark(name: string): number | undefined {
    const value = this.#all("SELECT value FROM mark WHERE name = ?", name)[0]?.value;
    return value === undefined ? undefined : Number(value);
  }

  #setMark(name: string, value: number): void {
    this.#run("INSERT OR REPLACE INTO mark VALUES (?, ?)", name, Math.trunc(value));
  }

  #atOnce(change: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      change();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
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

/** When the file, or its write-ahead log, was last changed by anybody. */
function changeTime(path: string): number | undefined {
  const times = [path, `${path}-wal`].map((file) =>
    statSync(file, { throwIfNoEntry: false })?.ctimeMs
  );
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
