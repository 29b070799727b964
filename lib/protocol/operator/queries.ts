/**
 * Queries of an operator about jobs, hosts, past jobs and one host in one job, with the forms of
 * the replies. They change nothing at the hub.
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
import { RECORDED_KINDS, type RecordedState } from "../job/host_state.ts";
import type { StateFields } from "./state_reply.ts";

/** List jobs, the newest first. */
export interface JobsQuery {
  readonly kind: "jobs";
  /** How many at most. */
  readonly limit: number;
  /** Only those whose id begins so. */
  readonly prefix?: string;
  /** Only those that are meant for this host. */
  readonly node?: string;
}

/** List the hosts that are known: those that were named before, or all. */
export interface HostsQuery {
  readonly kind: "hosts";
  /** Whether to say what the agents have said of their hosts, too. */
  readonly facts: boolean;
  /** Whether to go on with what changes. */
  readonly watch: boolean;
}

/** Name the hosts of a past job that are meant, as in a target after `@job:`. */
export interface PastHostsQuery {
  readonly kind: "past";
  /** Such as `last:failed`. */
  readonly reference: string;
}

/** Tell what is known of one host in one job, and of the host itself. */
export interface WhyQuery {
  readonly kind: "why";
  /** The host. */
  readonly node: string;
  /** The id of the request; the newest job that is meant for the host if absent. */
  readonly id?: string;
}

/** Every such question. */
export type Query = JobsQuery | HostsQuery | PastHostsQuery | WhyQuery;

const MAX_REFERENCE = 4_096;

/** Their forms. */
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

/** One host that is known. */
export interface HostReply {
  readonly kind: "host";
  /** Its name. */
  readonly name: string;
  /** Its agent's key, in base64. */
  readonly key: string;
  /** The version of its agent. */
  readonly version: string;
  /** Whether it is attached. */
  readonly attached: boolean;
  /** Since when it is attached, or away, in Unix milliseconds. */
  readonly since: number;
  /** When it was seen for the first time. */
  readonly firstSeen: number;
  /** Where it is attached from. */
  readonly remote?: string;
  /** What its agent says of it. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** The form of a {@linkcode HostReply}. */
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
});

/** One job. */
export interface JobReply {
  readonly kind: "job";
  /** The id of the request. */
  readonly id: string;
  /** Who has submitted it. */
  readonly by: string;
  /** The target as it was signed. */
  readonly target: string;
  /** The command, for people. */
  readonly summary: string;
  /** When it was submitted, in Unix milliseconds. */
  readonly submitted: number;
  /** Until when it is kept for hosts that are away. */
  readonly deliverUntil: number;
  /** When its last host ended, if that has happened. */
  readonly overAt?: number;
  /**
   * How many hosts are in each state: `pending`, `delivered`, `started`, `ok`, `failed`, `refused`,
   * `lost` or `skipped`.
   */
  readonly counts: Readonly<Record<string, number>>;
}

const jobText = text({ maxBytes: 4_096 });

/** The form of a {@linkcode JobReply}. */
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

/** How much of an output stream there is. */
export interface StreamTotals {
  /** How many bytes have come. */
  readonly total: number;
  /** How many of them the hub keeps. */
  readonly stored: number;
}

/** How far one host is in one job, with the times by the hub's clock in Unix milliseconds. */
export interface JobHostReply extends StateFields<RecordedState["kind"]> {
  readonly kind: "trace";
  /** The host. */
  readonly node: string;
  /** When it was put into the job. */
  readonly pendingAt: number;
  /** When the agent confirmed that it has the request. */
  readonly deliveredAt?: number;
  /** When the command began. */
  readonly startedAt?: number;
  /** When it was known how it ended. */
  readonly endedAt?: number;
  /** Whether what has come of its output is not what the agent has signed. */
  readonly unverified?: boolean;
  /** The key by which the hub knows the agent, in base64, once it has ended. */
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

/** The form of a {@linkcode JobHostReply}. */
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
