/**
 * Defines the queries of an operator about jobs, hosts, past jobs and one host in one job, with
 * their replies. Queries change nothing at the hub.
 * @module
 */
import {
  base64,
  boolean,
  integer,
  literal,
  object,
  oneOf,
  optional,
  record,
  type Schema,
  text,
} from "../../envelope/encoding/schema.ts";
import {
  FACT_NAME,
  nodeName,
  requestId,
  unixMillis,
} from "../../envelope/statements/body_fields.ts";
import {
  capabilityList,
  protocolNumber,
  type SpokenProtocol,
} from "../../envelope/statements/session_statements.ts";
import { RECORDED_KINDS, type RecordedState } from "../job/host_state.ts";
import type { StateFields } from "./state_reply.ts";

/** Lists jobs, the newest first. */
export interface JobsQuery {
  readonly kind: "jobs";
  /** The largest number of jobs. */
  readonly limit: number;
  /** Lists only jobs whose id begins with these hex digits. */
  readonly prefix?: string;
  /** Lists only jobs with this host. */
  readonly node?: string;
}

/** Lists known hosts: those that were named before, or all. */
export interface HostsQuery {
  readonly kind: "hosts";
  /** Whether to include the facts of the hosts. */
  readonly facts: boolean;
  /** Whether to report changes, too, until the operator leaves. */
  readonly watch: boolean;
}

/** Resolves a reference to the hosts of a past job. */
export interface PastHostsQuery {
  readonly kind: "past";
  /** The part after `@job:`, such as `last:failed`. */
  readonly reference: string;
}

/** Describes one host, and its state in one job. */
export interface WhyQuery {
  readonly kind: "why";
  /** The host. */
  readonly node: string;
  /** The id of the request; the newest job with the host if absent. */
  readonly id?: string;
}

/** A query. */
export type Query = JobsQuery | HostsQuery | PastHostsQuery | WhyQuery;

const MAX_REFERENCE = 4_096;

/** Readers of the queries, by kind. */
export const querySchemas: { readonly [K in Query["kind"]]: Schema<Extract<Query, { kind: K }>> } =
  {
    jobs: object<JobsQuery>({
      kind: literal("jobs"),
      limit: integer(1, 100_000),
      prefix: optional(text({ maxBytes: 32, pattern: /^[0-9a-f]+$/ })),
      node: optional(nodeName),
    }),
    hosts: object<HostsQuery>({ kind: literal("hosts"), facts: boolean(), watch: boolean() }),
    past: object<PastHostsQuery>({
      kind: literal("past"),
      reference: text({ maxBytes: MAX_REFERENCE }),
    }),
    why: object<WhyQuery>({ kind: literal("why"), node: nodeName, id: optional(requestId) }),
  };

/** A known host. Its protocol is absent if its agent has not attached since an upgrade of the hub. */
export interface HostReply extends SpokenProtocol {
  readonly kind: "host";
  /** The name of the host. */
  readonly name: string;
  /** The pinned key of its agent, in base64. */
  readonly key: string;
  /** The version of its agent. */
  readonly version: string;
  /** Whether its agent is attached. */
  readonly attached: boolean;
  /** When it attached or detached, in Unix milliseconds. */
  readonly since: number;
  /** When it attached for the first time, in Unix milliseconds. */
  readonly firstSeen: number;
  /** The address that it is attached from. */
  readonly remote?: string;
  /** The facts that its agent publishes. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** Reads a {@linkcode HostReply}. */
export const hostReplySchema: Schema<HostReply> = object<HostReply>({
  kind: literal("host"),
  name: nodeName,
  key: base64({ min: 32, max: 32 }),
  version: text({ maxBytes: 64 }),
  attached: boolean(),
  since: unixMillis,
  firstSeen: unixMillis,
  remote: optional(text({ maxBytes: 4_096 })),
  facts: optional(record({ name: FACT_NAME, value: text({ maxBytes: 1_024 }), max: 256 })),
  protocol: optional(protocolNumber),
  capabilities: optional(capabilityList),
});

/** A job. */
export interface JobReply {
  readonly kind: "job";
  /** The id of the request. */
  readonly id: string;
  /** The operator who submitted it. */
  readonly by: string;
  /** The signed target. */
  readonly target: string;
  /** The command, for people. */
  readonly summary: string;
  /** When it was submitted, in Unix milliseconds. */
  readonly submitted: number;
  /** How long the hub waits for detached hosts, in Unix milliseconds. */
  readonly deliverUntil: number;
  /** When the last host reached a final state, in Unix milliseconds. */
  readonly overAt?: number;
  /**
   * The number of hosts by state: `pending`, `delivered`, `started`, `ok`, `failed`, `refused`,
   * `lost` or `skipped`.
   */
  readonly counts: Readonly<Record<string, number>>;
}

const jobText = text({ maxBytes: 4_096 });

/** Reads a {@linkcode JobReply}. */
export const jobReplySchema: Schema<JobReply> = object<JobReply>({
  kind: literal("job"),
  id: requestId,
  by: jobText,
  target: text({ maxBytes: 262_144 }),
  summary: jobText,
  submitted: unixMillis,
  deliverUntil: unixMillis,
  overAt: optional(unixMillis),
  counts: record({ name: /^[a-z]+$/, value: integer(0), max: 8 }),
});

/** The totals of an output stream, in bytes. */
export interface StreamTotals {
  /** How many bytes the hub has received. */
  readonly total: number;
  /** How many of them the hub has stored. */
  readonly stored: number;
}

/** The state of one host in one job. Times are in Unix milliseconds by the hub's clock. */
export interface JobHostReply extends StateFields<RecordedState["kind"]> {
  readonly kind: "trace";
  /** The host. */
  readonly node: string;
  /** When the job was submitted with this host. */
  readonly pendingAt: number;
  /** When the agent confirmed the request. */
  readonly deliveredAt?: number;
  /** When the command began. */
  readonly startedAt?: number;
  /** When the host reached a final state. */
  readonly endedAt?: number;
  /** Whether the stored output differs from the signed output. */
  readonly unverified?: boolean;
  /** The agent's key that the hub has pinned, in base64, once the host has ended. */
  readonly key?: string;
  /** Standard output. */
  readonly stdout: StreamTotals;
  /** Standard error. */
  readonly stderr: StreamTotals;
}

const streamTotals: Schema<StreamTotals> = object<StreamTotals>({
  total: integer(0),
  stored: integer(0),
});

/** Reads a {@linkcode JobHostReply}. */
export const jobHostReplySchema: Schema<JobHostReply> = object<JobHostReply>({
  kind: literal("trace"),
  node: nodeName,
  state: oneOf(...RECORDED_KINDS),
  pendingAt: unixMillis,
  deliveredAt: optional(unixMillis),
  startedAt: optional(unixMillis),
  endedAt: optional(unixMillis),
  reason: optional(text({ maxBytes: 4_096 })),
  unverified: optional(boolean()),
  result: optional(base64({ max: 655_360 })),
  key: optional(base64({ min: 32, max: 32 })),
  stdout: streamTotals,
  stderr: streamTotals,
});
