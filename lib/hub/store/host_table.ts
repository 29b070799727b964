/**
 * The table of hosts that the hub has ever met, with the keys that their names belong to.
 * @module
 */
import type { Database, SqlRow } from "./database.ts";
import type { GroupCommit } from "./group_commit.ts";
import { withoutNulls } from "./database.ts";

/** What is known of a host. Times in milliseconds since 1970. */
export interface HostRecord {
  /** The name of the host. */
  readonly name: string;
  /** The public key of its agent, in base64. */
  readonly key: string;
  /** When it came for the first time. */
  readonly firstSeen: number;
  /** Since when it has been attached, if it is. */
  readonly attachedSince?: number;
  /** Since when it has been away, if it is. */
  readonly awaySince?: number;
  /** The version of its agent when it came last. */
  readonly version: string;
  /** Its facts when it came last. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What a host says of itself. */
export type HostArrival = Pick<HostRecord, "name" | "key" | "version" | "facts">;

/** Settings of a {@linkcode HostTable}. */
export interface HostTableOptions {
  /** How many hosts are written down at most; 250,000 if not given. */
  readonly maxHosts?: number;
}

/** Whoever can dial the hub can come by any number of names. */
const MAX_HOSTS = 250_000;

const SELECT_HOSTS = `SELECT name, key, first_seen AS firstSeen, attached_since AS attachedSince,
  away_since AS awaySince, version, facts FROM host`;

/** What a hub needs of a store of hosts. Another store than SQLite implements this. */
export type HostStore = Pick<HostTable, keyof HostTable>;

/** The hosts by name. What is written here is on disk a few milliseconds later, unless said so. */
export class HostTable {
  readonly #database: Database;
  readonly #writes: GroupCommit;
  readonly #maxHosts: number;
  /** How many there are; counted again after hosts were removed, or a write was lost. */
  #size: number | undefined;

  /** The hosts in `database`, which is written through `writes`. */
  constructor(database: Database, writes: GroupCommit, options: HostTableOptions = {}) {
    this.#database = database;
    this.#writes = writes;
    this.#maxHosts = options.maxHosts ?? MAX_HOSTS;
  }

  /** All hosts, by name. */
  all(): HostRecord[] {
    return this.#database.all(`${SELECT_HOSTS} ORDER BY name`).map(recordOf);
  }

  /** The host of this name. */
  get(name: string): HostRecord | undefined {
    const row = this.#database.get(`${SELECT_HOSTS} WHERE name = ?`, name);
    return row && recordOf(row);
  }

  /**
   * A host has attached. The key of a known name stays what it was: who comes is to be checked before.
   * @returns whether it is written down: there is no room for ever more names
   */
  recordAttached({ name, key, version, facts }: HostArrival, at: number): boolean {
    const isNew = !this.#has(name);
    if (isNew && this.#count() >= this.#maxHosts) return false;
    const arrive = `INSERT INTO host VALUES (?, ?, ?, ?, NULL, ?, ?) ON CONFLICT DO UPDATE SET
      attached_since = excluded.attached_since, away_since = NULL, version = excluded.version,
      facts = excluded.facts`;
    const text = JSON.stringify(facts);
    const written = this.#writes.write(() => {
      this.#database.run(arrive, name, key, at, at, version, text);
    });
    if (isNew) this.#size = this.#count() + 1;
    written.catch(() => this.#size = undefined);
    return true;
  }

  /** The connection of a host is over. */
  recordDetached(name: string, at: number): void {
    const leave = "UPDATE host SET attached_since = NULL, away_since = ? " +
      "WHERE name = ? AND attached_since IS NOT NULL";
    void this.#writes.write(() => this.#database.run(leave, at, name));
  }

  /** A hub that starts: whoever was attached to the one before has to come again. */
  recordAllDetached(at: number): void {
    const leave = "UPDATE host SET attached_since = NULL, away_since = ? " +
      "WHERE attached_since IS NOT NULL";
    void this.#writes.write(() => this.#database.run(leave, at));
  }

  /**
   * Forgets hosts, and with them which keys their names belong to. On disk when it returns.
   * @throws {UserError} if it cannot be written
   */
  forget(names: readonly string[]): void {
    const text = JSON.stringify(names);
    const forget = "DELETE FROM host WHERE name IN (SELECT value FROM json_each(?))";
    this.#writes.writeNow(() => this.#database.run(forget, text));
    this.#size = undefined;
  }

  /**
   * Forgets hosts that have been away since before `awaySince` and were asked nothing in any job that
   * is kept. Belongs into a write.
   */
  removeUnused(awaySince: number): void {
    const remove = "DELETE FROM host WHERE away_since < ? " +
      "AND NOT EXISTS (SELECT 1 FROM job_host WHERE node = host.name)";
    this.#database.run(remove, awaySince);
    this.#size = undefined;
  }

  #has(name: string): boolean {
    return this.#database.get("SELECT 1 FROM host WHERE name = ?", name) !== undefined;
  }

  #count(): number {
    return this.#size ??= Number(this.#database.get("SELECT count(*) AS n FROM host")?.n);
  }
}

function recordOf(row: SqlRow): HostRecord {
  const { facts, ...columns } = row;
  // The columns are of these types, by the schema.
  return { ...withoutNulls(columns), facts: JSON.parse(facts as string) } as HostRecord;
}
