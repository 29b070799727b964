/**
 * The tables of output: spooled while a command runs, and afterwards stored as a body that equal
 * outputs share. Bytes are cut into pieces of 64 KiB, so that reading never needs more memory.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { concat } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import type { Database } from "./database.ts";
import type { StdStream } from "./job_record.ts";

/** The longest piece in bytes. */
export const PIECE_BYTES = 65_536;

/**
 * The bytes of `chunks`, in order, in pieces of {@linkcode PIECE_BYTES}; only the last one may be
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

/** The streams of the hosts of one job that have a body, with the numbers of these bodies. */
const USED = `SELECT stdout_body AS body FROM job_host WHERE job = ?1 AND stdout_body IS NOT NULL
  UNION ALL SELECT stderr_body FROM job_host WHERE job = ?1 AND stderr_body IS NOT NULL`;

/** Bodies by number. All methods belong into a write. */
export class BodyTable {
  readonly #database: Database;

  /** The bodies in `database`. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Counts one more use of the body that consists of `chunks`, storing it if it is new.
   * @param chunks must give the same bytes each time; at most one of them is held in memory
   * @returns its number, or null if there is not one byte
   */
  use(chunks: Iterable<Uint8Array>): number | null {
    const hash = hashOf(chunks);
    if (hash === undefined) return null;
    const used = "UPDATE body SET uses = uses + 1 WHERE hash = ? RETURNING id";
    const known = this.#database.get(used, hash);
    return known ? Number(known.id) : this.#store(hash, chunks);
  }

  /** Gives up what the hosts of the job of this number use, and removes what nobody uses any more. */
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

/** Hex SHA-256 of all chunks, unless there is not one byte. */
function hashOf(chunks: Iterable<Uint8Array>): string | undefined {
  let hash: Hash | undefined;
  for (const chunk of chunks) {
    if (chunk.length > 0) hash = (hash ?? createHash("sha256")).update(chunk);
  }
  return hash?.digest("hex");
}

/** Where a stream is found: rows that know at which byte they begin. */
interface Source {
  readonly table: "spool" | "piece";
  /** The numbers, and the name, that the rows begin with. */
  readonly key: readonly (number | string)[];
  readonly stored: number;
}

const PIECE_AT: Readonly<Record<Source["table"], string>> = {
  spool: "SELECT at, bytes FROM spool WHERE host = ? AND stream = ? AND at <= ? " +
    "ORDER BY at DESC LIMIT 1",
  piece: "SELECT at, bytes FROM piece WHERE body = ? AND at <= ? ORDER BY at DESC LIMIT 1",
};

/** The output of hosts, by the numbers of their rows in `job_host`. */
export class OutputTable {
  readonly #database: Database;
  readonly #bodies: BodyTable;

  /** The output in `database`. */
  constructor(database: Database) {
    this.#database = database;
    this.#bodies = new BodyTable(database);
  }

  /** Spools what follows the first `stored` bytes of a stream; returns how many there are then. */
  append(host: number, name: StdStream, stored: number, chunks: Iterable<Uint8Array>): number {
    let at = stored;
    for (const piece of cutPieces(chunks)) {
      this.#database.run("INSERT INTO spool VALUES (?, ?, ?, ?)", host, name, at, piece);
      at += piece.length;
    }
    return at;
  }

  /** Makes a body of `stored` bytes that were spooled and the `rest`; returns its number, if any. */
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
   * What is kept of a stream, in order, in pieces of at most 64 KiB, each read when it is asked for.
   * A command may go on, or end, in between.
   * @throws {UserError} if it was removed in between
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
      if (!piece) throw new UserError("the output is not kept any more");
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
