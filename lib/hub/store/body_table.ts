/**
 * Output that has ended, each distinct one once. Imports its siblings.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { Database } from "./database.ts";
import { piecesOf } from "./pieces.ts";

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
    for (const piece of piecesOf(chunks)) {
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
