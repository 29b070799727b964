/**
 * Prunes jobs that are too old, and the oldest ones when the store is too large.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Database } from "./database.ts";
import type { OutputTable } from "./output_table.ts";

/** Options for how long and how much to store. */
export interface RetentionOptions {
  /** How long a job is kept after its end, in milliseconds; 30 days by default. */
  readonly keepMs?: number;
  /**
   * How many bytes all jobs may take, 1 GiB by default. Beyond it the oldest ones are removed. The
   * table of hosts does not count: any peer can fill it.
   */
  readonly keepBytes?: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

const KEEP_MS = 30 * 86_400_000;
const KEEP_BYTES = 1024 ** 3;

/** Prunes old jobs. All methods must run within a write. */
export class Retention {
  readonly #database: Database;
  readonly #output: OutputTable;
  readonly #keepMs: number;
  readonly #keepBytes: number;
  readonly #clock: Clock;

  /** Prunes the jobs in `database`. */
  constructor(database: Database, output: OutputTable, options: RetentionOptions = {}) {
    this.#database = database;
    this.#output = output;
    this.#keepMs = options.keepMs ?? KEEP_MS;
    this.#keepBytes = options.keepBytes ?? KEEP_BYTES;
    this.#clock = options.clock ?? systemClock;
  }

  /** Prunes at most `atMost` jobs, oldest end first. */
  prune(atMost: number = Infinity): void {
    const maxBytes = this.#maxBytes();
    for (let removed = 0; removed < atMost; removed++) {
      const job = this.#next(maxBytes);
      if (job === undefined) break;
      this.#remove(job);
    }
    this.#database.shrink();
  }

  /** Returns how large the file may be, with the hosts in it. */
  #maxBytes(): number {
    // Measuring the hosts takes some milliseconds, and nothing is too large without them.
    if (this.#database.usedBytes() <= this.#keepBytes) return this.#keepBytes;
    return this.#keepBytes + this.#database.bytesOfTable("host"); // check: host-bytes
  }

  /** Returns the next job to prune. An unfinished one stays, whatever its size. */
  #next(maxBytes: number): number | undefined {
    const first = "SELECT number, over_at FROM job WHERE over_at IS NOT NULL " +
      "ORDER BY over_at, number LIMIT 1";
    const row = this.#database.get(first);
    if (!row) return undefined;
    const isOld = Number(row.over_at) < this.#clock.now() - this.#keepMs;
    return isOld || this.#database.usedBytes() > maxBytes ? Number(row.number) : undefined;
  }

  #remove(job: number): void {
    this.#output.removeJob(job);
    const ofJob = "(SELECT id FROM job_host WHERE job = ?)";
    this.#database.run(`DELETE FROM result WHERE host IN ${ofJob}`, job);
    this.#database.run("DELETE FROM job_host WHERE job = ?", job);
    this.#database.run("DELETE FROM job WHERE number = ?", job);
  }
}
