/**
 * Stores jobs, with the state, output and result of every host in them.
 * @module
 */
import {
  canFollow,
  isFinal,
  RECORDED_KINDS,
  type RecordedState,
} from "../../protocol/job/host_state.ts";
import type { Database, SqlRow, SqlValue } from "./database.ts";
import type { GroupCommit } from "./group_commit.ts";
import {
  type HostTally,
  JOB_COLUMNS,
  JOB_HOST_COLUMNS,
  JOB_HOSTS,
  jobFromRow,
  type JobHostEnd,
  jobHostFromRow,
  type JobHostRecord,
  type JobRecord,
  jobValues,
  type StdStream,
  type StreamEnd,
  tallyFromRow,
  toRecord,
} from "./job_record.ts";
import type { OutputTable } from "./output_table.ts";
import type { Retention } from "./retention.ts";

/** A piece of output to spool. */
export interface SpoolPart {
  /** The credit for both streams after this part, in bytes. */
  readonly received: number;
  /** How many bytes of stdout have arrived so far. */
  readonly stdout: number;
  /** How many bytes of stderr have arrived so far. */
  readonly stderr: number;
  /** The chunks to store, in order. */
  readonly chunks: readonly { readonly stream: StdStream; readonly bytes: Uint8Array }[];
}

/** One job of a host. */
export interface JobOfHost {
  /** The job. */
  readonly job: JobRecord;
  /** The host in the job. */
  readonly host: JobHostRecord;
}

const FINAL_KINDS = sqlList(RECORDED_KINDS.filter((kind) => isFinal({ kind })));
const MAX_FOUND = 10;
/** Matches all jobs for NULL, otherwise those that name this key among their submitters. */
const BY = "ifnull(instr(' ' || submitter || ' ', ' ' || ? || ' '), 1)";
/** How many old jobs are pruned at the end of a job, so that the write stays short. */
const PRUNED_AT_ONCE = 3;

/** What a hub needs of a store of jobs. Another store than SQLite implements this. */
export type JobStore = Pick<JobTable, keyof JobTable>;

/** Jobs by request id. Writes to an unknown job change nothing. */
export class JobTable {
  readonly #database: Database;
  readonly #writes: GroupCommit;
  readonly #output: OutputTable;
  readonly #retention: Retention;

  /** Opens the jobs in `database`, which is written through `writes`. */
  constructor(
    database: Database,
    parts: { writes: GroupCommit; output: OutputTable; retention: Retention },
  ) {
    this.#database = database;
    this.#writes = parts.writes;
    this.#output = parts.output;
    this.#retention = parts.retention;
  }

  /** Adds a job for `nodes`, all of them pending. Durable. Rejects if the id exists. */
  add(job: JobRecord, nodes: readonly string[]): Promise<void> {
    const insert = "INSERT INTO job VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const insertHosts = `INSERT INTO job_host (job, node, kind, pending_at)
      SELECT ?, value, 'pending', ? FROM json_each(?) ORDER BY key`;
    const names = JSON.stringify(nodes);
    return this.#writes.write(() => {
      const number = this.#database.insert(insert, ...jobValues(job));
      this.#database.run(insertHosts, number, job.submitted, names);
    }, { durable: true });
  }

  /** Returns the job of this id. */
  get(id: string): JobRecord | undefined {
    return this.#jobs("WHERE id = ?", id)[0];
  }

  /** Returns at most ten ids that start with `prefix`, in order; with `by` only jobs of that key. */
  find(prefix: string, by?: string): string[] {
    const ids = `SELECT id FROM job WHERE id >= ? AND id < ? AND ${BY} ORDER BY id LIMIT ?`;
    const values = [prefix, `${prefix}\u{10ffff}`, by ?? null, MAX_FOUND];
    return this.#database.all(ids, ...values).map((row) => `${row.id}`);
  }

  /** Returns at most `limit` jobs, newest first; with `by` only jobs of that key. */
  recent(limit: number, by?: string): JobRecord[] {
    return this.#jobs(`WHERE ${BY} ORDER BY number DESC LIMIT ?`, by ?? null, limit);
  }

  /** Returns the unfinished jobs, oldest first. */
  unfinished(): JobRecord[] {
    return this.#jobs("WHERE over_at IS NULL ORDER BY number");
  }

  /** Counts the hosts of a job by state and outcome. */
  tally(id: string): HostTally[] {
    const count = `SELECT kind, outcome, count(*) AS hosts FROM job_host
      WHERE job = (SELECT number FROM job WHERE id = ?) GROUP BY kind, outcome`;
    return this.#database.all(count, id).map(tallyFromRow);
  }

  /** Returns the hosts of a job, in the order of their submission. */
  hosts(id: string): JobHostRecord[] {
    const all = `SELECT ${JOB_HOST_COLUMNS} FROM ${JOB_HOSTS}
      WHERE job = (SELECT number FROM job WHERE id = ?) ORDER BY job_host.id`;
    return this.#database.all(all, id).map(jobHostFromRow);
  }

  /** Returns one host of a job. */
  host(id: string, node: string): JobHostRecord | undefined {
    const one = `SELECT ${JOB_HOST_COLUMNS} FROM ${JOB_HOSTS}
      WHERE node = ? AND job = (SELECT number FROM job WHERE id = ?)`;
    const row = this.#database.get(one, node, id);
    return row && jobHostFromRow(row);
  }

  /**
   * Returns at most `limit` jobs with this host in their target, newest first; with `by` only jobs
   * of that key.
   */
  jobsOf(node: string, limit: number, by?: string): JobOfHost[] {
    const ids = `SELECT job.id FROM job_host JOIN job ON number = job
      WHERE node = ? AND ${BY} ORDER BY job DESC LIMIT ?`;
    return this.#database.all(ids, node, by ?? null, limit).flatMap((row) => {
      const [job, host] = [this.get(`${row.id}`), this.host(`${row.id}`, node)];
      return job && host ? [{ job, host }] : [];
    });
  }

  /** Records progress of a host; a host that is further already does not change. */
  advance(id: string, node: string, kind: "delivered" | "started", at: number): void {
    const before = sqlList(RECORDED_KINDS.filter((each) => canFollow(each, kind)));
    const advance = `UPDATE job_host SET kind = ?, ${kind}_at = ? WHERE node = ?
      AND job = (SELECT number FROM job WHERE id = ?) AND kind IN ${before}`;
    void this.#writes.write(() => this.#database.run(advance, kind, at, node, id));
  }

  /** Spools output after the earlier one. A host that has ended takes none. */
  spool(id: string, node: string, part: SpoolPart): Promise<void> {
    const note = `UPDATE job_host SET received = ?, stdout_total = ?, stdout_stored = ?,
      stderr_total = ?, stderr_stored = ? WHERE id = ?`;
    const { received, stdout, stderr } = part;
    return this.#writes.write(() => {
      const host = this.#openHost(id, node);
      if (!host) return;
      const out = this.#append(host, "stdout", part);
      const err = this.#append(host, "stderr", part);
      this.#database.run(note, received, stdout, out, stderr, err, Number(host.id));
    });
  }

  /** Records the end of a host; the first end holds. Durable. */
  end(id: string, node: string, end: JobHostEnd): Promise<void> {
    return this.#writes.write(() => {
      const host = this.#openHost(id, node);
      if (host) this.#end(host, end);
    }, { durable: true });
  }

  /**
   * Returns the stored output of a host, in order, in pieces of at most 64 KiB. Each piece is read
   * on demand; output of a running command ends with its latest byte.
   * @throws {UserError} while iterating, if the job is removed
   */
  output(id: string, node: string, stream: StdStream): Iterable<Uint8Array> {
    const host = this.#rowOf(id, node);
    return host ? this.#output.read(Number(host.id), stream) : [];
  }

  /** Records that all hosts of a job have ended. From now on it may be pruned. */
  over(id: string, at: number): void {
    const over = "UPDATE job SET over_at = ? WHERE id = ? AND over_at IS NULL";
    void this.#writes.write(() => {
      if (this.#database.run(over, at, id) > 0) this.#retention.prune(PRUNED_AT_ONCE);
    });
  }

  #jobs(where: string, ...values: readonly SqlValue[]): JobRecord[] {
    return this.#database.all(`SELECT ${JOB_COLUMNS} FROM job ${where}`, ...values).map(jobFromRow);
  }

  #rowOf(id: string, node: string): SqlRow | undefined {
    const find =
      `SELECT id, kind IN ${FINAL_KINDS} AS final, stdout_stored, stderr_stored FROM job_host
      WHERE node = ? AND job = (SELECT number FROM job WHERE id = ?)`;
    return this.#database.get(find, node, id);
  }

  /** Returns the row of a host that has not ended. */
  #openHost(id: string, node: string): SqlRow | undefined {
    const row = this.#rowOf(id, node);
    return row?.final === 0 ? row : undefined;
  }

  #append(host: SqlRow, name: StdStream, { chunks }: SpoolPart): number {
    const bytes = chunks.filter(({ stream }) => stream === name).map((chunk) => chunk.bytes);
    return this.#output.append(Number(host.id), name, Number(host[`${name}_stored`]), bytes);
  }

  #end(host: SqlRow, end: JobHostEnd): void {
    const id = Number(host.id);
    const { kind, reason, result, outcome } = toRecord(end);
    const update = `UPDATE job_host SET kind = ?, ended_at = ?, reason = ?, outcome = ?,
      stdout_total = ?, stdout_stored = ?, stdout_body = ?,
      stderr_total = ?, stderr_stored = ?, stderr_body = ? WHERE id = ?`;
    const values = [
      ...this.#settle(host, "stdout", end.stdout),
      ...this.#settle(host, "stderr", end.stderr),
    ];
    this.#database.run(update, kind, end.state.at, reason ?? null, outcome ?? null, ...values, id);
    if (result) this.#database.run("INSERT INTO result VALUES (?, ?)", id, result);
  }

  /** Returns the total bytes, the stored bytes and the body of a stream. */
  #settle(host: SqlRow, name: StdStream, { total, rest }: StreamEnd): SqlValue[] {
    const spooled = Number(host[`${name}_stored`]);
    const body = this.#output.settle(Number(host.id), name, spooled, rest);
    const stored = rest.reduce((sum, chunk) => sum + chunk.length, spooled);
    return [total, stored, body];
  }
}

function sqlList(kinds: readonly RecordedState["kind"][]): string {
  return `(${kinds.map((kind) => `'${kind}'`).join(", ")})`;
}
