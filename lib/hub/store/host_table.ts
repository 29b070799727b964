/**
 * Stores all hosts that the hub has ever met, with the pinned keys of their names.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { type Database, type SqlRow, withoutNulls } from "./database.ts";
import type { GroupCommit } from "./group_commit.ts";

/** The record of a host. Times in milliseconds since 1970. */
export interface HostRecord {
  /** The name of the host. */
  readonly name: string;
  /** The public key of its agent, in base64. */
  readonly key: string;
  /** When it attached for the first time. */
  readonly firstSeen: number;
  /** Since when it is attached, if it is. */
  readonly attachedSince?: number;
  /** Since when it is detached, if it is. */
  readonly awaySince?: number;
  /** The version of its agent at the last attach. */
  readonly version: string;
  /** Its facts at the last attach. */
  readonly facts: Readonly<Record<string, string>>;
}

/** The record of an attaching host. */
export type HostArrival = Pick<HostRecord, "name" | "key" | "version" | "facts">;

/** Options of a {@linkcode HostTable}. */
export interface HostTableOptions {
  /** The most hosts to store; 250,000 by default. */
  readonly maxHosts?: number;
  /** The most bytes of the facts of all hosts, as JSON; 128 MiB by default. */
  readonly maxFactsBytes?: number;
}

/** The default limit. Any peer that can dial the hub can use any number of names. */
const MAX_HOSTS = 250_000;

const MAX_FACTS_BYTES = 134_217_728;

const SELECT_HOSTS = `SELECT name, key, first_seen AS firstSeen, attached_since AS attachedSince,
  away_since AS awaySince, version, facts FROM host`;

/** What a hub needs of a store of hosts. Another store than SQLite implements this. */
export type HostStore = Pick<HostTable, keyof HostTable>;

/** The hosts by name. Writes are on disk a few milliseconds later, unless documented otherwise. */
export class HostTable {
  readonly #database: Database;
  readonly #writes: GroupCommit;
  readonly #maxHosts: number;
  readonly #maxFactsBytes: number;
  /** The number of hosts and the bytes of their facts; counted again after a removal or a lost write. */
  #used: { hosts: number; factsBytes: number } | undefined;

  /** Opens the hosts in `database`, which is written through `writes`. */
  constructor(database: Database, writes: GroupCommit, options: HostTableOptions = {}) {
    this.#database = database;
    this.#writes = writes;
    this.#maxHosts = options.maxHosts ?? MAX_HOSTS;
    this.#maxFactsBytes = options.maxFactsBytes ?? MAX_FACTS_BYTES;
  }

  /** Returns all hosts, by name. */
  all(): HostRecord[] {
    return this.#database.all(`${SELECT_HOSTS} ORDER BY name`).map(recordOf);
  }

  /** Returns the host of this name. */
  get(name: string): HostRecord | undefined {
    const row = this.#database.get(`${SELECT_HOSTS} WHERE name = ?`, name);
    return row && recordOf(row);
  }

  /**
   * Records that a host has attached. The key of a known name does not change; check it before.
   * @returns whether the host is recorded; false if there is no room for it or for its facts
   */
  recordAttached({ name, key, version, facts }: HostArrival, at: number): boolean {
    const used = this.#used ??= this.#count();
    const before = this.#factsBytes(name);
    const text = JSON.stringify(facts);
    const bytes = used.factsBytes + encodeUtf8(text).length - (before ?? 0);
    if (before === undefined && used.hosts >= this.#maxHosts) return false; // check: host-count
    if (bytes > this.#maxFactsBytes && bytes > used.factsBytes) return false; // check: host-facts
    const arrive = `INSERT INTO host VALUES (?, ?, ?, ?, NULL, ?, ?) ON CONFLICT DO UPDATE SET
      attached_since = excluded.attached_since, away_since = NULL, version = excluded.version,
      facts = excluded.facts`;
    const written = this.#writes.write(() => {
      this.#database.run(arrive, name, key, at, at, version, text);
    });
    this.#used = { hosts: used.hosts + (before === undefined ? 1 : 0), factsBytes: bytes };
    written.catch(() => this.#used = undefined);
    return true;
  }

  /** Records that a host has detached. */
  recordDetached(name: string, at: number): void {
    const leave = "UPDATE host SET attached_since = NULL, away_since = ? " +
      "WHERE name = ? AND attached_since IS NOT NULL";
    void this.#writes.write(() => this.#database.run(leave, at, name));
  }

  /** Records all hosts as detached when a hub starts. */
  recordAllDetached(at: number): void {
    const leave = "UPDATE host SET attached_since = NULL, away_since = ? " +
      "WHERE attached_since IS NOT NULL";
    void this.#writes.write(() => this.#database.run(leave, at));
  }

  /**
   * Removes hosts and their pinned keys. On disk on return.
   * @throws {UserError} if the write fails
   */
  forget(names: readonly string[]): void {
    const text = JSON.stringify(names);
    const forget = "DELETE FROM host WHERE name IN (SELECT value FROM json_each(?))";
    this.#writes.writeNow(() => this.#database.run(forget, text));
    this.#used = undefined;
  }

  /**
   * Removes hosts that are detached since before `awaySince` and that no stored job targets. Call
   * it within a write.
   */
  removeUnused(awaySince: number): void {
    const remove = "DELETE FROM host WHERE away_since < ? " +
      "AND NOT EXISTS (SELECT 1 FROM job_host WHERE node = host.name)";
    this.#database.run(remove, awaySince);
    this.#used = undefined;
  }

  /** Returns the bytes of the facts of a recorded host. */
  #factsBytes(name: string): number | undefined {
    const bytes = "SELECT octet_length(facts) AS bytes FROM host WHERE name = ?";
    const row = this.#database.get(bytes, name);
    return row && Number(row.bytes);
  }

  #count(): { hosts: number; factsBytes: number } {
    const count = "SELECT count(*) AS hosts, total(octet_length(facts)) AS bytes FROM host";
    const row = this.#database.get(count);
    return { hosts: Number(row?.hosts), factsBytes: Number(row?.bytes) };
  }
}

function recordOf(row: SqlRow): HostRecord {
  const { facts, ...columns } = row;
  // The schema guarantees the types.
  return { ...withoutNulls(columns), facts: JSON.parse(facts as string) } as HostRecord;
}
