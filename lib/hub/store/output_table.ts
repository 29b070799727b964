/**
 * Stores output: spooled while a command runs, and afterwards as a body that equal outputs share.
 * Bytes are split into pieces of 64 KiB, so that reading never needs more memory.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { concat } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import type { Database } from "./database.ts";
import type { StdStream } from "./job_record.ts";

/** The longest piece, in bytes. */
export const PIECE_BYTES = 65_536;

/**
 * Splits the bytes of `chunks` into pieces of {@linkcode PIECE_BYTES}. Only the last one may be
 * shorter, and none is empty.
 */
export function* cutPieces(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0;) {
      const part = rest.subarray(0, PIECE_BYTES - length);
      parts.push(part);
      length += part.length;
      rest = rest.subarray(part.length);
      if (length < PIECE_BYTES) continue;
      yield concat(parts);
      [parts, length] = [[], 0];
    }
  }
  if (length > 0) yield concat(parts);
}

/** Selects the streams of the hosts of one job that have a body, with the ids of these bodies. */
const USED = `SELECT stdout_body AS body FROM job_host WHERE job = ?1 AND stdout_body IS NOT NULL
  UNION ALL SELECT stderr_body FROM job_host WHERE job = ?1 AND stderr_body IS NOT NULL`;

/** Bodies by id. All methods must run within a write. */
class BodyTable {
  readonly #database: Database;

  /** Opens the bodies in `database`. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds a reference to the body of `chunks`, storing it if it is new.
   * @param chunks must yield the same bytes each time; at most one of them is held in memory
   * @returns its id, or null if there are no bytes
   */
  use(chunks: Iterable<Uint8Array>): number | null {
    const hash = hashOf(chunks);
    if (hash === undefined) return null;
    const used = "UPDATE body SET uses = uses + 1 WHERE hash = ? RETURNING id";
    const known = this.#database.get(used, hash);
    return known ? Number(known.id) : this.#store(hash, chunks);
  }

  /** Releases the bodies of the hosts of a job, and removes bodies without references. */
  release(job: number): void {
    const database = this.#database;
    database.run(
      `UPDATE body SET uses = uses - used.times
        FROM (SELECT body, count(*) AS times FROM (${USED}) GROUP BY body) AS used
        WHERE body.id = used.body`,
      job,
    );
    database.run("DELETE FROM piece WHERE body IN (SELECT id FROM body WHERE uses = 0)");
    database.run("DELETE FROM body WHERE uses = 0");
  }

  #store(hash: string, chunks: Iterable<Uint8Array>): number {
    const body = this.#database.insert("INSERT INTO body (hash, uses) VALUES (?, 1)", hash);
    let at = 0;
    for (const piece of cutPieces(chunks)) {
      this.#database.run("INSERT INTO piece VALUES (?, ?, ?)", body, at, piece);
      at += piece.length;
    }
    return body;
  }
}

/** Returns the hex SHA-256 of all chunks; `undefined` if there are no bytes. */
function hashOf(chunks: Iterable<Uint8Array>): string | undefined {
  let hash: Hash | undefined;
  for (const chunk of chunks) {
    if (chunk.length > 0) hash = (hash ?? createHash("sha256")).update(chunk);
  }
  return hash?.digest("hex");
}

/** The location of a stream: rows with their start offsets. */
interface Source {
  readonly table: "spool" | "piece";
  /** The leading key columns of the rows. */
  readonly key: readonly (number | string)[];
  readonly stored: number;
}

const PIECE_AT: Readonly<Record<Source["table"], string>> = {
  spool: "SELECT at, bytes FROM spool WHERE host = ? AND stream = ? AND at <= ? " +
    "ORDER BY at DESC LIMIT 1",
  piece: "SELECT at, bytes FROM piece WHERE body = ? AND at <= ? ORDER BY at DESC LIMIT 1",
};

/** The output of hosts, by their row ids in `job_host`. */
export class OutputTable {
  readonly #database: Database;
  readonly #bodies: BodyTable;

  /** Opens the output in `database`. */
  constructor(database: Database) {
    this.#database = database;
    this.#bodies = new BodyTable(database);
  }

  /**
   * Spools the bytes after the first `stored` ones of a stream; returns the new number of stored
   * bytes.
   */
  append(host: number, name: StdStream, stored: number, chunks: Iterable<Uint8Array>): number {
    let at = stored;
    for (const piece of cutPieces(chunks)) {
      this.#database.run("INSERT INTO spool VALUES (?, ?, ?, ?)", host, name, at, piece);
      at += piece.length;
    }
    return at;
  }

  /**
   * Creates a body of the `stored` spooled bytes and the `rest`; returns its id, if it has bytes.
   */
  settle(
    host: number,
    name: StdStream,
    stored: number,
    rest: readonly Uint8Array[],
  ): number | null {
    if (stored === 0) return this.#bodies.use(rest);
    const source: Source = { table: "spool", key: [host, name], stored };
    const read = () => this.#read(() => source);
    const body = this.#bodies.use({
      *[Symbol.iterator]() {
        yield* read();
        yield* rest;
      },
    });
    this.#database.run("DELETE FROM spool WHERE host = ? AND stream = ?", host, name);
    return body;
  }

  /** Removes the output of all hosts of a job. */
  removeJob(job: number): void {
    this.#bodies.release(job);
    const spools = "DELETE FROM spool WHERE host IN (SELECT id FROM job_host WHERE job = ?)";
    this.#database.run(spools, job);
  }

  /**
   * Yields the stored bytes of a stream, in order, in pieces of at most 64 KiB, each read on
   * demand. The command may continue or end meanwhile.
   * @throws {UserError} if the output was removed meanwhile
   */
  read(host: number, name: StdStream): Iterable<Uint8Array> {
    return this.#read(() => this.#sourceOf(host, name));
  }

  *#read(find: () => Source | undefined): Generator<Uint8Array> {
    let stored = 0;
    for (let at = 0;;) {
      const source = find();
      stored = source?.stored ?? stored;
      if (at === stored) return;
      const piece = source && this.#pieceAt(source, at);
      if (!piece) throw new UserError("the output is no longer stored");
      yield piece;
      at += piece.length;
    }
  }

  #pieceAt({ table, key }: Source, at: number): Uint8Array | undefined {
    const row = this.#database.get(PIECE_AT[table], ...key, at);
    const bytes = (row?.bytes as Uint8Array | undefined)?.subarray(at - Number(row?.at));
    return bytes?.length ? bytes : undefined;
  }

  #sourceOf(host: number, name: StdStream): Source | undefined {
    const find = `SELECT ${name}_stored AS stored, ${name}_body AS body FROM job_host WHERE id = ?`;
    const row = this.#database.get(find, host);
    if (!row) return undefined;
    const stored = Number(row.stored);
    return row.body === null
      ? { table: "spool", key: [host, name], stored }
      : { table: "piece", key: [Number(row.body)], stored };
  }
}
