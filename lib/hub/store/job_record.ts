/**
 * Defines the records of a job and of each host in it, and their columns in the tables.
 * @module
 */
import {
  type DatedHostState,
  type EndedOutcome,
  type FinalState,
  type HostOutcome,
  isFinal,
  outcomeOf,
  type RecordedState,
} from "../../protocol/job/host_state.ts";
import type { JobDescription } from "../../protocol/job/job_spec.ts";
import { type SqlRow, type SqlValue, withoutNulls } from "./database.ts";

/** A job. Times in milliseconds since 1970. */
export interface JobRecord extends JobDescription {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Hex SHA-256 of the signed body. */
  readonly digest: string;
  /** The encoded message for the agents. */
  readonly message: Uint8Array;
  /** The time of submission. */
  readonly submitted: number;
  /** The delivery deadline for detached hosts. */
  readonly deliverUntil: number;
  /** The time limit of the command, in milliseconds. */
  readonly runMs: number;
  /** Whether hosts receive it only when they are released. */
  readonly held: boolean;
  /** When its last host reached a final state, if all have. */
  readonly overAt?: number;
}

/** The name of an output stream. */
export type StdStream = "stdout" | "stderr";

/** The record of one output stream. */
export interface StreamRecord {
  /** How many bytes have arrived. */
  readonly total: number;
  /** How many of them are stored. */
  readonly stored: number;
  /** Hex SHA-256 of the stored bytes, once the host has ended. */
  readonly hash?: string;
}

/** A host in a job. Times in milliseconds since 1970. */
export interface JobHostRecord {
  /** The name of the host. */
  readonly node: string;
  /** Its state. */
  readonly state: RecordedState & DatedHostState;
  /** Its outcome, if it has ended; `unverified` if the output does not match the result. */
  readonly outcome?: HostOutcome;
  /** When it was added to the job. */
  readonly pendingAt: number;
  /** When the agent confirmed the delivery. */
  readonly deliveredAt?: number;
  /** When the command started. */
  readonly startedAt?: number;
  /** When the final state was known. */
  readonly endedAt?: number;
  /** Standard output. */
  readonly stdout: StreamRecord;
  /** Standard error. */
  readonly stderr: StreamRecord;
  /** How many bytes of both streams were credited to the agent. */
  readonly received: number;
}

/** The end of a stream. */
export interface StreamEnd {
  /** How many bytes the command printed. */
  readonly total: number;
  /** The bytes to store beyond the spooled ones. */
  readonly rest: readonly Uint8Array[];
}

/** The end of a host. */
export interface JobHostEnd {
  /** The final state. */
  readonly state: FinalState & DatedHostState;
  /** The outcome, if its agent has signed a result. */
  readonly outcome?: EndedOutcome;
  /** Standard output. */
  readonly stdout: StreamEnd;
  /** Standard error. */
  readonly stderr: StreamEnd;
}

/** The number of hosts of one job with the same state and outcome. */
export interface HostTally extends Pick<JobHostRecord, "outcome"> {
  /** The kind of their state. */
  readonly kind: RecordedState["kind"];
  /** How many hosts there are. */
  readonly hosts: number;
}

/** The columns that hold a state. */
export interface StateColumns {
  /** The kind of the state. */
  readonly kind: RecordedState["kind"];
  /** Why the host is lost, or why the request was not delivered. */
  readonly reason?: string;
  /** The signed result. */
  readonly result?: Uint8Array;
  /** JSON of an {@linkcode EndedOutcome}, for a host with a signed result. */
  readonly outcome?: string;
}

/** The columns of a job, for {@linkcode jobFromRow}. */
export const JOB_COLUMNS = `job.id, digest, message, submitter AS "by", target, summary, submitted,
  deliver_until AS deliverUntil, run_ms AS runMs, held, over_at AS overAt`;

/** The columns of a host in a job, for {@linkcode jobHostFromRow}. */
export const JOB_HOST_COLUMNS = `node, kind, pending_at AS pendingAt, delivered_at AS deliveredAt,
  started_at AS startedAt, ended_at AS endedAt, reason, envelope AS result, outcome, received,
  stdout_total, stdout_stored, stdout.hash AS stdout_hash,
  stderr_total, stderr_stored, stderr.hash AS stderr_hash`;

/** The tables of {@linkcode JOB_HOST_COLUMNS}. */
export const JOB_HOSTS = `job_host LEFT JOIN result ON result.host = job_host.id
  LEFT JOIN body AS stdout ON stdout.id = stdout_body
  LEFT JOIN body AS stderr ON stderr.id = stderr_body`;

/** Returns the job in a row of {@linkcode JOB_COLUMNS}. */
export function jobFromRow(row: SqlRow): JobRecord {
  // The schema guarantees the types.
  return { ...withoutNulls(row), held: row.held === 1 } as unknown as JobRecord;
}

/** Returns the host in a row of {@linkcode JOB_HOST_COLUMNS}. */
export function jobHostFromRow(row: SqlRow): JobHostRecord {
  const { kind, reason, result, outcome, ...others } = row;
  const { stdout_total, stdout_stored, stdout_hash, ...rest } = others;
  const { stderr_total, stderr_stored, stderr_hash, ...columns } = rest;
  const host = {
    ...withoutNulls(columns),
    stdout: withoutNulls({ total: stdout_total, stored: stdout_stored, hash: stdout_hash }),
    stderr: withoutNulls({ total: stderr_total, stored: stderr_stored, hash: stderr_hash }),
  } as unknown as Omit<JobHostRecord, "state" | "outcome">; // by the schema, too
  const at = host.endedAt ?? host.startedAt ?? host.deliveredAt ?? host.pendingAt;
  const record = withoutNulls({ kind, reason, result, outcome }) as unknown as StateColumns;
  return { ...host, state: { ...fromRecord(record), at }, ...recordedOutcome(record) };
}

/** Returns a tally from a row with `kind`, `outcome` and the number of hosts. */
export function tallyFromRow(row: SqlRow): HostTally {
  const record = withoutNulls(row) as unknown as StateColumns & { hosts: number }; // likewise
  return { kind: record.kind, hosts: record.hosts, ...recordedOutcome(record) };
}

/** Returns the columns of the final state of a host. */
export function toRecord({ state, outcome }: Pick<JobHostEnd, "state" | "outcome">): StateColumns {
  const { kind } = state;
  switch (kind) {
    case "ended":
      return {
        kind,
        result: state.envelope,
        ...(outcome && { outcome: JSON.stringify(outcome) }),
      };
    case "lost":
    case "expired":
      return { kind, ...(state.reason !== undefined && { reason: state.reason }) };
    case "skipped":
      return { kind };
    default:
      return kind satisfies never;
  }
}

/** Returns the state in the columns of a host. */
function fromRecord({ kind, reason, result }: StateColumns): RecordedState {
  switch (kind) {
    case "ended":
      return { kind, envelope: result ?? new Uint8Array() };
    case "lost":
      return { kind, reason: reason ?? "" };
    case "expired":
      return { kind, ...(reason !== undefined && { reason }) };
    case "pending":
    case "delivered":
    case "started":
    case "skipped":
      return { kind };
    default:
      return kind satisfies never;
  }
}

/**
 * Returns the outcome of a host, if it has ended; results were verified before they were stored.
 */
function recordedOutcome(columns: StateColumns): Pick<JobHostRecord, "outcome"> {
  const state = fromRecord(columns);
  if (!isFinal(state)) return {};
  if (state.kind !== "ended") return { outcome: outcomeOf(state) };
  const { outcome } = columns;
  return { outcome: outcome === undefined ? { kind: "lost" } : JSON.parse(outcome) };
}

/** Returns the values of a new row in the table `job`. */
export function jobValues(job: JobRecord): SqlValue[] {
  const { id, digest, message, by, target, summary, submitted, deliverUntil, runMs } = job;
  const { held, overAt = null } = job;
  const times = [submitted, deliverUntil, runMs, held ? 1 : 0, overAt];
  return [id, digest, message, by, target, summary, ...times];
}
