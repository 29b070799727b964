/**
 * What commands print: spooled while they run, a body that equal output shares when they have ended.
 * Imports its siblings.
 * @module
 */
import { HubError } from "../errors.ts";
import { BodyTable } from "./body_table.ts";
import type { Database } from "./database.ts";
import type { StreamName } from "./job_record.ts";
import { piecesOf } from "./pieces.ts";

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
  append(host: number, name: StreamName, stored: number, chunks: Iterable<Uint8Array>): number {
    let at = stored;
    for (const piece of piecesOf(chunks)) {
      this.#database.run("INSERT INTO spool VALUES (?, ?, ?, ?)", host, name, at, piece);
      at += piece.length;
    }
    return at;
  }

  /** Makes a body of `stored` bytes that were spooled and the `rest`; returns its number, if any. */
  settle(
    host: number,
    name: StreamName,
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
   * @throws {HubError} if it was removed in between
   */
  read(host: number, name: StreamName): Iterable<Uint8Array> {
    return this.#read(() => this.#sourceOf(host, name));
  }

  *#read(find: () => Source | undefined): Generator<Uint8Array> {
    let stored = 0;
    for (let at = 0;;) {
      const source = find();
      stored = source?.stored ?? stored;
      if (at === stored) return;
      const piece = source && this.#pieceAt(source, at);
      if (!piece) throw new HubError("the output is not kept any more");
      yield piece;
      at += piece.length;
    }
  }

  #pieceAt({ table, key }: Source, at: number): Uint8Array | undefined {
    const row = this.#database.get(PIECE_AT[table], ...key, at);
    const bytes = (row?.bytes as Uint8Array | undefined)?.subarray(at - Number(row?.at));
    return bytes?.length ? bytes : undefined;
  }

  #sourceOf(host: number, name: StreamName): Source | undefined {
    const find = `SELECT ${name}_stored AS stored, ${name}_body AS body FROM job_host WHERE id = ?`;
    const row = this.#database.get(find, host);
    if (!row) return undefined;
    const stored = Number(row.stored);
    return row.body === null
      ? { table: "spool", key: [host, name], stored }
      : { table: "piece", key: [Number(row.body)], stored };
  }
}
