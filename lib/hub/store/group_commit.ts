/**
 * Groups many writes into one transaction, so that a disk that needs milliseconds for each commit
 * still takes thousands of changes in a second.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { isDatabaseDamage } from "../../base/database_file.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import type { Database } from "./database.ts";

/** Settings of a {@linkcode GroupCommit}. */
export interface GroupCommitOptions {
  /** Told once of each group of writes, or single one, that was lost. Must not throw. */
  readonly onLoss?: (error: UserError) => void;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
}

/** What a write needs. */
export interface WriteOptions {
  /** Whether it must survive a power cut, and not only the end of the process. */
  readonly durable?: boolean;
}

interface Group {
  readonly durable: boolean;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly committed: PromiseWithResolvers<void>;
}

/** How long a write waits for others, at least. */
const GATHER_MS = 2;

/**
 * Groups writes. The first one opens a transaction, which is committed a few milliseconds later with
 * all that came since; what is read in between includes them.
 */
export class GroupCommit implements Disposable {
  readonly #database: Database;
  readonly #onLoss: (error: UserError) => void;
  readonly #clock: Clock;
  #group: Group | undefined;
  #synchronous = "";
  #lastMs = 0;

  /** Writes to `database`, which must be left alone by all others. */
  constructor(database: Database, options: GroupCommitOptions = {}) {
    this.#database = database;
    this.#onLoss = options.onLoss ?? (() => {});
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Makes a change, whole or not at all. The promise resolves when it is committed, and rejects with
   * a {@linkcode UserError} when it was lost; one that nobody looks at does no harm.
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
   * Makes a durable change that is committed when this returns, with all that waits.
   * @throws {UserError} if it was lost
   */
  writeNow(change: () => void): void {
    this.#enter(change, true);
    this.flush();
  }

  /**
   * Commits at once what waits.
   * @throws {UserError} if it was lost; the promises of these writes are rejected as well
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

  /** Commits what waits; the database stays open. */
  [Symbol.dispose](): void {
    this.#flushQuietly();
  }

  #enter(change: () => void, durable: boolean): Group {
    // The writes before have not asked for a slow commit; what comes from here on shares it.
    if (durable && this.#group?.durable === false) this.#flushQuietly();
    try {
      this.#group ??= this.#begin(durable);
      this.#change(change);
      return this.#group;
    } catch (cause) {
      const error = this.#lossOf(cause);
      // A full disk has rolled back everything already.
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
    // A disk that is slow today gets half of the time at most.
    const timer = setTimeout(() => this.#flushQuietly(), Math.max(GATHER_MS, this.#lastMs));
    const committed = Promise.withResolvers<void>();
    committed.promise.catch(() => {});
    return { durable, timer, committed };
  }

  /** Not possible within a transaction. */
  #setSynchronous(mode: "FULL" | "NORMAL"): void {
    if (this.#synchronous === mode) return;
    this.#database.execute(`PRAGMA synchronous = ${mode}`);
    this.#synchronous = mode;
  }

  /** Who waits for the writes is told by their promises. */
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
    const message = `the hub's store ${this.#database.path} cannot be written: ${reason}`;
    return new UserError(message, { hint: adviceOn(cause), cause });
  }
}

function adviceOn(cause: unknown): string {
  if (isDatabaseDamage(cause)) {
    return "start the hub again: it begins a new store and keeps the damaged one";
  }
  return /full/.test(String(cause)) ? "make room on its disk" : "look at the folder and its disk";
}
