/**
 * The hub's store of hosts and jobs in one file, which outlives the hub and is pruned every day.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { type Database, openDatabase } from "./database.ts";
import { GroupCommit, type GroupCommitOptions } from "./group_commit.ts";
import { type HostStore, HostTable, type HostTableOptions } from "./host_table.ts";
import { type JobStore, JobTable } from "./job_table.ts";
import { OutputTable } from "./output_table.ts";
import { Retention, type RetentionOptions } from "./retention.ts";

/** Options of the hub's store. */
export interface HubStoreOptions extends RetentionOptions, GroupCommitOptions, HostTableOptions {
  /** The path of the file; `:memory:` keeps it in memory. */
  readonly path: string;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** How long a host without jobs is remembered, in milliseconds. */
const KEEP_UNASKED_MS = 30 * 86_400_000;

/** A store and the problem found on opening it. */
export interface OpenedHubStore {
  /** The store of hosts and jobs. */
  readonly store: HubStore;
  /** The problem and its consequence; absent if there is none. */
  readonly problem?: string;
}

/**
 * Opens the store, creating it if it is missing. A damaged file is set aside under another name.
 * @throws {UserError} if it cannot be used, or another program or a newer version wrote it
 */
export function openHubStore(options: HubStoreOptions): OpenedHubStore {
  const { database, problem } = openDatabase(options.path);
  const store = new SqliteHubStore(database, options);
  return problem === undefined ? { store } : { store, problem };
}

/** What a hub needs of its store. Another store than SQLite implements this. */
export interface HubStore extends Pick<SqliteHubStore, "flush" | "prune">, Disposable {
  /** The hosts that were ever met. */
  readonly hosts: HostStore;
  /** The jobs that are under way or kept. */
  readonly jobs: JobStore;
}

/**
 * The hub's store. Writes are grouped for a few milliseconds, and reads include them. A promise
 * resolves when its write is committed. Durable writes survive a power cut, others any end of the
 * process. It rejects with a `UserError` when the write is lost; the store stays usable then.
 */
export class SqliteHubStore implements HubStore {
  /** The hosts that the hub has ever met. */
  readonly hosts: HostTable;
  /** The jobs under way and the stored ones. */
  readonly jobs: JobTable;
  readonly #database: Database;
  readonly #writes: GroupCommit;
  readonly #retention: Retention;
  readonly #clock: Clock;

  /** Creates a store in an open database, which it closes on disposal. */
  constructor(database: Database, options: Omit<HubStoreOptions, "path"> = {}) {
    const output = new OutputTable(database);
    this.#database = database;
    this.#writes = new GroupCommit(database, options);
    this.#retention = new Retention(database, output, options);
    this.#clock = options.clock ?? systemClock;
    this.hosts = new HostTable(database, this.#writes, options);
    this.jobs = new JobTable(database, {
      writes: this.#writes,
      output,
      retention: this.#retention,
    });
  }

  /**
   * Commits the waiting writes now.
   * @throws {UserError} if they are lost; then their promises reject as well
   */
  flush(): void {
    this.#writes.flush();
  }

  /** Removes old jobs and hosts. The end of a job removes some as well. */
  prune(): void {
    void this.#writes.write(() => {
      this.#retention.prune();
      this.hosts.removeUnused(this.#clock.now() - KEEP_UNASKED_MS);
    });
  }

  /** Commits the waiting writes and closes the file. */
  [Symbol.dispose](): void {
    this.#writes[Symbol.dispose]();
    this.#database[Symbol.dispose]();
  }
}

const DAY_MS = 86_400_000;

/** Prunes a store now and every day, until disposed of. */
export class DailyPruning implements Disposable {
  readonly #store: Pick<HubStore, "prune">;
  readonly #clock: Clock;
  readonly #stop = new AbortController();

  /** Starts pruning. */
  constructor(store: Pick<HubStore, "prune">, clock: Clock = systemClock) {
    this.#store = store;
    this.#clock = clock;
    void this.#run();
  }

  /** Stops pruning. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    do this.#store.prune(); while (await this.#wait());
  }

  /** Waits for a day; resolves with false if it is stopped first. */
  #wait(): Promise<boolean> {
    return this.#clock.sleep(DAY_MS, this.#stop.signal).then(() => true, () => false);
  }
}
