/**
 * A model of the hub's store in ordinary maps. A store is tested against it.
 * @module
 */
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { concat } from "../../../lib/base/bytes.ts";
import type { JobHostEnd, JobRecord, StdStream } from "../../../lib/hub/store/job_record.ts";
import type { RecordedState } from "../../../lib/protocol/job/host_state.ts";
import type { JobStore, SpoolPart } from "../../../lib/hub/store/job_table.ts";

interface ModelStream {
  total: number;
  bytes: Uint8Array;
}

interface ModelHost {
  kind: RecordedState["kind"];
  received: number;
  readonly times: Partial<Record<"deliveredAt" | "startedAt" | "endedAt", number>>;
  readonly stdout: ModelStream;
  readonly stderr: ModelStream;
}

interface ModelJob {
  record: JobRecord;
  readonly hosts: ReadonlyMap<string, ModelHost>;
}

const RANK: readonly RecordedState["kind"][] = [
  "pending",
  "delivered",
  "started",
  "ended",
  "lost",
  "expired",
];

/** The jobs, oldest first. */
export class StoreModel {
  readonly #jobs = new Map<string, ModelJob>();

  add(record: JobRecord, nodes: readonly string[]): void {
    if (this.#jobs.has(record.id)) return;
    this.#jobs.set(record.id, { record, hosts: new Map(nodes.map((node) => [node, newHost()])) });
  }

  advance(id: string, node: string, kind: "delivered" | "started", at: number): void {
    const host = this.#jobs.get(id)?.hosts.get(node);
    if (!host || RANK.indexOf(host.kind) >= RANK.indexOf(kind)) return;
    host.kind = kind;
    host.times[`${kind}At`] = at;
  }

  spool(id: string, node: string, part: SpoolPart): void {
    const host = this.#open(id, node);
    if (!host) return;
    host.received = part.received;
    host.stdout.total = part.stdout;
    host.stderr.total = part.stderr;
    for (const { stream, bytes } of part.chunks) append(host[stream], [bytes]);
  }

  end(id: string, node: string, end: JobHostEnd): void {
    const host = this.#open(id, node);
    if (!host) return;
    host.kind = end.state.kind;
    host.times.endedAt = end.state.at;
    for (const name of ["stdout", "stderr"] as const) {
      host[name].total = end[name].total;
      append(host[name], end[name].rest);
    }
  }

  over(id: string, at: number): void {
    const job = this.#jobs.get(id);
    if (job && job.record.overAt === undefined) job.record = { ...job.record, overAt: at };
  }

  /** Removes jobs that ended before `until`. */
  prune(until: number): void {
    for (const [id, { record }] of this.#jobs) {
      if (record.overAt !== undefined && record.overAt < until) this.#jobs.delete(id);
    }
  }

  /** Returns the whole content, for comparison. */
  everything(): unknown {
    return [...this.#jobs.values()].map(({ record, hosts }) => [
      record,
      [...hosts].map(([node, { kind, received, times, stdout, stderr }]) => [
        ...[node, kind, received, times.deliveredAt, times.startedAt, times.endedAt],
        ...[stdout, stderr].map((stream) => summary(stream, isFinal(kind))),
      ]),
    ]);
  }

  /** Returns the number of distinct outputs of hosts that have ended. */
  bodies(): number {
    const hosts = [...this.#jobs.values()].flatMap((job) => [...job.hosts.values()]);
    const ended = hosts.filter(({ kind }) => isFinal(kind)).flatMap((each) => [
      each.stdout,
      each.stderr,
    ]);
    return new Set(ended.filter(({ bytes }) => bytes.length > 0).map(({ bytes }) => sha256(bytes)))
      .size;
  }

  #open(id: string, node: string): ModelHost | undefined {
    const host = this.#jobs.get(id)?.hosts.get(node);
    return host && !isFinal(host.kind) ? host : undefined;
  }
}

/** Returns the whole content of a store, in the form of {@linkcode StoreModel.everything}. */
export function everythingIn(jobs: JobStore): unknown {
  return jobs.recent(1_000).reverse().map((record) => [
    record,
    jobs.hosts(record.id).map((host) => [
      ...[
        host.node,
        host.state.kind,
        host.received,
        host.deliveredAt,
        host.startedAt,
        host.endedAt,
      ],
      ...(["stdout", "stderr"] as const).map((name) => streamOf(jobs, record.id, host.node, name)),
    ]),
  ]);
}

function streamOf(jobs: JobStore, id: string, node: string, name: StdStream): unknown {
  const { total, stored, hash } = jobs.host(id, node)?.[name] ?? {};
  return [total, stored, hash, sha256(concat([...jobs.output(id, node, name)]))];
}

function summary({ total, bytes }: ModelStream, isOver: boolean): unknown {
  const hash = sha256(bytes);
  return [total, bytes.length, isOver && bytes.length > 0 ? hash : undefined, hash];
}

function newHost(): ModelHost {
  const [stdout, stderr] = [{ total: 0, bytes: new Uint8Array() }, {
    total: 0,
    bytes: new Uint8Array(),
  }];
  return { kind: "pending", received: 0, times: {}, stdout, stderr };
}

function append(stream: ModelStream, chunks: readonly Uint8Array[]): void {
  stream.bytes = concat([stream.bytes, ...chunks]);
}

function isFinal(kind: RecordedState["kind"]): boolean {
  return RANK.indexOf(kind) > RANK.indexOf("started");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Returns how many bodies a file has. */
export function bodiesIn(path: string): number {
  return count(path, "SELECT count(*) AS n FROM body");
}

/** Returns how many rows of a file are orphans, or have a wrong count. */
export function straysIn(path: string): number {
  return count(
    path,
    `SELECT (SELECT count(*) FROM piece WHERE body NOT IN (SELECT id FROM body)) +
      (SELECT count(*) FROM spool WHERE host NOT IN (
        SELECT id FROM job_host WHERE kind IN ('pending', 'delivered', 'started'))) +
      (SELECT count(*) FROM result WHERE host NOT IN (SELECT id FROM job_host)) +
      (SELECT count(*) FROM job_host WHERE job NOT IN (SELECT number FROM job)) +
      (SELECT count(*) FROM body WHERE uses !=
        (SELECT count(*) FROM job_host WHERE stdout_body = body.id) +
        (SELECT count(*) FROM job_host WHERE stderr_body = body.id)) AS n`,
  );
}

function count(path: string, sql: string): number {
  using database = new DatabaseSync(path);
  return Number(database.prepare(sql).get()?.n);
}
