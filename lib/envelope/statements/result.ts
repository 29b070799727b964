/**
 * The result, which an agent signs when a request has ended on its host.
 * @module
 */

import { nodeName, requestId, sha256, unixMillis } from "./body_fields.ts";
import type { InputPrefix } from "./input_block.ts";
import { definePayloadType, type PayloadType } from "../signing/payload_type.ts";
import {
  base64,
  boolean,
  integer,
  literal,
  object,
  optional,
  type Schema,
  text,
  union,
  withRule,
} from "../encoding/schema.ts";

/** The command ended by itself. */
export interface Exited {
  /** Which of the variants this is. */
  readonly kind: "exited";
  /** Its exit status, 0 to 255. */
  readonly code: number;
}

/** The command was ended by a signal that nanoexec did not send. */
export interface Signalled {
  /** Which of the variants this is. */
  readonly kind: "signalled";
  /** The signal's name, such as `SIGSEGV`. */
  readonly signal: string;
}

/** The command was stopped because its time was up. */
export interface TimedOut {
  /** Which of the variants this is. */
  readonly kind: "timeout";
}

/** The command was stopped, or not begun, because an operator said so. */
export interface Cancelled {
  /** Which of the variants this is. */
  readonly kind: "cancelled";
}

/** The command was not run. */
export interface Refused {
  /** Which of the variants this is. */
  readonly kind: "refused";
  /** Which rule said no, for programs: a few lower-case words with dashes. */
  readonly code: string;
  /** Why, for people. */
  readonly reason: string;
}

/** The agent began it and cannot say how it ended. */
export interface Lost {
  /** Which of the variants this is. */
  readonly kind: "lost";
  /** Why, for people. */
  readonly reason: string;
}

/** The command was undone, because it did not end well or nobody confirmed it in time. */
export interface Undone {
  /** Which of the variants this is. */
  readonly kind: "undone";
  /** Why, for people. */
  readonly reason: string;
  /** The exit status of what undid it; absent if that did not run, or did not end by itself. */
  readonly code?: number;
  /** The end of what that printed, for people. */
  readonly said: string;
}

/** The answer to mode `check`: it would have been run. */
export interface Allowed {
  /** Which of the variants this is. */
  readonly kind: "allowed";
  /** Which rule says so, for people. */
  readonly rule: string;
  /** What would be run and as whom, for people. */
  readonly summary: string;
}

/** How a request ended on one host. */
export type Outcome = Exited | Signalled | TimedOut | Cancelled | Refused | Lost | Undone | Allowed;

/** One output stream. */
export interface OutputSummary {
  /** How many bytes the command wrote. */
  readonly bytes: number;
  /** How many of them were kept and sent: first those of the beginning, then those of the end. */
  readonly kept: number;
  /** Hex SHA-256 of the kept bytes, in that order. */
  readonly sha256: string;
}

/**
 * The streamed standard input that was written to a command, which may have read less of it. At the
 * end of the command, `ended` says whether the command was given an end of file.
 */
export interface GivenInput extends InputPrefix {
  /** The signature of the last block, in base64: proves the rest. Absent if no block was given. */
  readonly signature?: string;
}

/** The body of a result, version 1. Fields are on the wire in this order. */
export interface Result {
  /** The version of this form. */
  readonly v: 1;
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of the request's body: what was asked, to the byte. */
  readonly request: string;
  /** The name of the agent. */
  readonly agent: string;
  /** Counts the results of this agent; with id and agent it tells a repetition. */
  readonly seq: number;
  /** How it ended. */
  readonly outcome: Outcome;
  /** Which rule has let the command run, for people; absent where none ran. */
  readonly rule?: string;
  /** When it began, in Unix milliseconds by the agent's clock. */
  readonly startMs: number;
  /** When it ended, as much later as it took; for a refusal the same as `startMs`. */
  readonly endMs: number;
  /** Standard output. */
  readonly out: OutputSummary;
  /** Standard error. */
  readonly err: OutputSummary;
  /** Streamed standard input; absent if the request has none, or no command ran. */
  readonly input?: GivenInput;
  /** The newest hash in the agent's audit log. */
  readonly auditHead: string;
}

const reason = text({ maxBytes: 1_024 });

const outcome: Schema<Outcome> = union<Outcome>({
  exited: object<Exited>({ kind: literal("exited"), code: integer(0, 255) }),
  signalled: object<Signalled>({
    kind: literal("signalled"),
    signal: text({ maxBytes: 16, pattern: /^SIG[A-Z0-9+]+$/ }),
  }),
  timeout: object<TimedOut>({ kind: literal("timeout") }),
  cancelled: object<Cancelled>({ kind: literal("cancelled") }),
  refused: object<Refused>({
    kind: literal("refused"),
    code: text({ maxBytes: 64, pattern: /^[a-z]+(-[a-z]+)*$/ }),
    reason,
  }),
  lost: object<Lost>({ kind: literal("lost"), reason }),
  undone: object<Undone>({
    kind: literal("undone"),
    reason,
    code: optional(integer(0, 255)),
    said: reason,
  }),
  allowed: object<Allowed>({ kind: literal("allowed"), rule: reason, summary: reason }),
});

/** The summary of one output stream. */
export const outputSummary: Schema<OutputSummary> = withRule(
  object<OutputSummary>({ bytes: integer(0), kept: integer(0), sha256 }),
  ({ bytes, kept }) => kept > bytes ? "keeps more than there was" : undefined,
);

/** The streamed standard input of a command. */
export const givenInput: Schema<GivenInput> = withRule(
  object<GivenInput>({
    start: integer(0),
    bytes: integer(0),
    sha256,
    ended: boolean(),
    signature: optional(base64({ min: 64, max: 64 })),
  }),
  // check: input-proof
  ({ bytes, ended, signature }) =>
    signature === undefined && (bytes > 0 || ended) ? "has no signature" : undefined,
);

/** Results, as agents sign them. */
export const resultType: PayloadType<Result> = definePayloadType(
  "result",
  withRule(
    object<Result>({
      v: literal(1),
      id: requestId,
      request: sha256,
      agent: nodeName,
      seq: integer(0),
      outcome,
      rule: optional(reason),
      startMs: unixMillis,
      endMs: unixMillis,
      out: outputSummary,
      err: outputSummary,
      input: optional(givenInput),
      auditHead: sha256,
    }),
    // check: result-times
    ({ startMs, endMs }) => endMs < startMs ? "ends before it begins" : undefined,
  ),
);

/** What an outcome means for whoever has asked. */
export type ResultClass = "ok" | "failed" | "refused" | "lost";

/** The class of an outcome. */
export function resultClass(outcome: Outcome): ResultClass {
  switch (outcome.kind) {
    case "exited":
      return outcome.code === 0 ? "ok" : "failed";
    case "allowed":
      return "ok";
    case "signalled":
    case "timeout":
    case "cancelled":
    case "undone":
      return "failed";
    case "refused":
    case "lost":
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}

/** Tells whether the agent left out some of what the command wrote. */
export function isTruncated({ bytes, kept }: OutputSummary): boolean {
  return kept < bytes;
}
