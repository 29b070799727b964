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

/** Settings of the hub's store. */
export interface HubStoreOptions extends RetentionOptions, GroupCommitOptions, HostTableOptions {
  /** The file; `:memory:` forgets everything at the end of the process. */
  readonly path: string;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
}

/** How long a host is remembered that came and was asked nothing, in milliseconds. */
const KEEP_UNASKED_MS = 30 * 86_400_000;

/** A store, and what is to be said about it. */
export interface OpenedHubStore {
  /** Remembers hosts and jobs. */
  readonly store: HubStore;
  /** What was found and what was done about it; nothing if all is well. */
  readonly problem?: string;
}

/**
 * Opens the store, making it if there is none. A damaged file is set aside under another name.
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
 * The hub's store. Writes are gathered for a few milliseconds; what is read includes them. A promise
 * resolves when its write is committed: the durable ones survive a power cut, the others the end of
 * the process, however it comes. It rejects with a `UserError` when the write was lost; the store can
 * still be used then.
 */
export class SqliteHubStore implements HubStore {
  /** The hosts that were ever met. */
  readonly hosts: HostTable;
  /** The jobs that are under way or kept. */
  readonly jobs: JobTable;
  readonly #database: Database;
  readonly #writes: GroupCommit;
  readonly #retention: Retention;
  readonly #clock: Clock;

  /** A store in an open database, which it will close. */
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
   * Commits at once what waits.
   * @throws {UserError} if it was lost; the promises of these writes are rejected as well
   */
  flush(): void {
    this.#writes.flush();
  }

  /** Removes what is not to be kept any longer. When a job ends, some of that is done as well. */
  prune(): void {
    void this.#writes.write(() => {
      this.#retention.prune();
      this.hosts.removeUnused(this.#clock.now() - KEEP_UNASKED_MS);
    });
  }

  /** Commits what waits and closes the file. */
  [Symbol.dispose](): void {
    this.#writes[Symbol.dispose]();
    this.#database[Symbol.dispose]();
  }
}

const DAY_MS = 86_400_000;

/** Prunes a store at once and every day, until disposed of. */
export class DailyPruning implements Disposable {
  readonly #store: Pick<HubStore, "prune">;
  readonly #clock: Clock;
  readonly #stop = new AbortController();

  /** Begins. */
  constructor(store: Pick<HubStore, "prune">, clock: Clock = systemClock) {
    this.#store = store;
    this.#clock = clock;
    void this.#run();
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    do this.#store.prune(); while (await this.#wait());
  }

  /** Resolves with false when it was stopped instead. */
  #wait(): Promise<boolean> {
    return this.#clock.sleep(DAY_MS, this.#stop.signal).then(() => true, () => false);
  }
}
