/**
 * Groups many writes into one transaction, so that a disk with a commit time of milliseconds still
 * takes thousands of changes per second.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { isDatabaseDamage } from "../../base/database_file.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import type { Database } from "./database.ts";

/** Options of a {@linkcode GroupCommit}. */
export interface GroupCommitOptions {
  /** Called once for each lost group of writes, or single write. Must not throw. */
  readonly onLoss?: (error: UserError) => void;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** Options of a write. */
export interface WriteOptions {
  /** Whether it must survive a power cut, and not only the end of the process. */
  readonly durable?: boolean;
}

interface Group {
  readonly durable: boolean;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly committed: PromiseWithResolvers<void>;
}

/** The least wait for more writes, in milliseconds. */
const GATHER_MS = 2;

/**
 * Groups writes. The first one opens a transaction, which is committed a few milliseconds later
 * with all writes since. Reads in between include them.
 */
export class GroupCommit implements Disposable {
  readonly #database: Database;
  readonly #onLoss: (error: UserError) => void;
  readonly #clock: Clock;
  #group: Group | undefined;
  #synchronous = "";
  #lastMs = 0;

  /** Writes to `database`, to which no other code may write. */
  constructor(database: Database, options: GroupCommitOptions = {}) {
    this.#database = database;
    this.#onLoss = options.onLoss ?? (() => {});
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Applies a change in full or not at all. The promise resolves when it is committed, and rejects
   * with a {@linkcode UserError} when it is lost. An ignored rejection is harmless.
   */
  write(change: () => void, { durable = false }: WriteOptions = {}): Promise<void> {
    try {
      return this.#enter(change, durable).committed.promise;
    } catch (error) {
      const lost = Promise.reject(error);
      lost.catch(() => {});
      return lost;
    }
  }

  /**
   * Applies a durable change, which is committed on return, with all waiting ones.
   * @throws {UserError} if it is lost
   */
  writeNow(change: () => void): void {
    this.#enter(change, true);
    this.flush();
  }

  /**
   * Commits the waiting writes now.
   * @throws {UserError} if they are lost; then their promises reject as well
   */
  flush(): void {
    const group = this.#group;
    if (!group) return;
    const began = this.#clock.monotonic();
    try {
      this.#database.execute("COMMIT");
    } catch (cause) {
      const error = this.#lossOf(cause);
      this.#fail(group, error);
      throw error;
    } finally {
      this.#lastMs = this.#clock.monotonic() - began;
    }
    this.#close(group);
    group.committed.resolve();
  }

  /** Commits the waiting writes; the database stays open. */
  [Symbol.dispose](): void {
    this.#flushQuietly();
  }

  #enter(change: () => void, durable: boolean): Group {
    // Earlier writes do not need a slow commit; later ones share it.
    if (durable && this.#group?.durable === false) this.#flushQuietly();
    try {
      this.#group ??= this.#begin(durable);
      this.#change(change);
      return this.#group;
    } catch (cause) {
      const error = this.#lossOf(cause);
      // A full disk has rolled back already.
      if (this.#group && !this.#database.isInTransaction) this.#fail(this.#group, error);
      else this.#onLoss(error);
      throw error;
    }
  }

  #change(change: () => void): void {
    this.#database.run("SAVEPOINT change");
    try {
      change();
      this.#database.run("RELEASE change");
    } catch (error) {
      if (this.#database.isInTransaction) {
        this.#database.execute("ROLLBACK TO change; RELEASE change");
      }
      throw error;
    }
  }

  #begin(durable: boolean): Group {
    this.#setSynchronous(durable ? "FULL" : "NORMAL");
    this.#database.execute("BEGIN IMMEDIATE");
    // A slow disk gets at most half of the time.
    const timer = setTimeout(() => this.#flushQuietly(), Math.max(GATHER_MS, this.#lastMs));
    const committed = Promise.withResolvers<void>();
    committed.promise.catch(() => {});
    return { durable, timer, committed };
  }

  /** Sets the mode, which is not possible within a transaction. */
  #setSynchronous(mode: "FULL" | "NORMAL"): void {
    if (this.#synchronous === mode) return;
    this.#database.execute(`PRAGMA synchronous = ${mode}`);
    this.#synchronous = mode;
  }

  /** Commits and ignores errors, which the promises of the writes report. */
  #flushQuietly(): void {
    try {
      this.flush();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  #fail(group: Group, error: UserError): void {
    if (this.#database.isInTransaction) this.#database.execute("ROLLBACK");
    this.#close(group);
    group.committed.reject(error);
    this.#onLoss(error);
  }

  #close({ timer }: Group): void {
    clearTimeout(timer);
    this.#group = undefined;
  }

  #lossOf(cause: unknown): UserError {
    if (cause instanceof UserError) return cause;
    const reason = messageOf(cause);
    const message = `cannot write the hub store ${this.#database.path}: ${reason}`;
    return new UserError(message, { hint: adviceOn(cause), cause });
  }
}

function adviceOn(cause: unknown): string {
  if (isDatabaseDamage(cause)) {
    return "restart the hub: it creates a new store and keeps the damaged one";
  }
  return /full/.test(String(cause)) ? "free space on its disk" : "check the folder and its disk";
}
