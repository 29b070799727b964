/**
 * What a hub answers about one host in one job. Imports `envelope`.
 * @module
 */
import { nodeName, unixMillis } from "../../envelope/statements/body_fields.ts";
import {
  base64,
  boolean,
  integer,
  literal,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from "../../envelope/encoding/schema.ts";

/** How much of an output stream there is. */
export interface StreamTrace {
  /** How many bytes have come. */
  readonly total: number;
  /** How many of them the hub keeps. */
  readonly stored: number;
}

/** How far one host is in one job, with the times by the hub's clock in Unix milliseconds. */
export interface TraceAnswer {
  /** Tells it from the other answers. */
  readonly kind: "trace";
  /** The host. */
  readonly node: string;
  /** How far it is, or how it ended. */
  readonly state: "pending" | "delivered" | "started" | "ended" | "lost" | "expired" | "skipped";
  /** When it was put into the job. */
  readonly pendingAt: number;
  /** When the agent confirmed that it has the request. */
  readonly deliveredAt?: number;
  /** When the command began. */
  readonly startedAt?: number;
  /** When it was known how it ended. */
  readonly endedAt?: number;
  /** Why it is lost. */
  readonly reason?: string;
  /** Whether what has come of its output is not what the agent has signed. */
  readonly unverified?: boolean;
  /** What the agent has signed, in base64, once it has ended. */
  readonly result?: string;
  /** The key by which the hub knows the agent, in base64, likewise. */
  readonly key?: string;
  /** Standard output. */
  readonly stdout: StreamTrace;
  /** Standard error. */
  readonly stderr: StreamTrace;
}

const stream: Schema<StreamTrace> = object<StreamTrace>({ total: integer(0), stored: integer(0) });

/** The form of a {@linkcode TraceAnswer}. */
export const traceAnswer: Schema<TraceAnswer> = object<TraceAnswer>({
  kind: literal("trace"),
  node: nodeName,
  state: oneOf("pending", "delivered", "started", "ended", "lost", "expired", "skipped"),
  pendingAt: unixMillis,
  deliveredAt: optional(unixMillis),
  startedAt: optional(unixMillis),
  endedAt: optional(unixMillis),
  reason: optional(text({ maxBytes: 4_096 })),
  unverified: optional(boolean()),
  result: optional(base64({ max: 655_360 })),
  key: optional(base64({ min: 32, max: 32 })),
  stdout: stream,
  stderr: stream,
});
