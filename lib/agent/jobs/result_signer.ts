/**
 * Signs the result of a job: maps the end of a command to an outcome and its figures, truncates
 * long texts, and signs. A reason can hold a path or a system message, so it is truncated to fit a
 * result, a log line and an audit line.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { utf8Length } from "../../envelope/encoding/schema.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { signEnvelope } from "../../envelope/signing/sign_envelope.ts";
import {
  type Outcome,
  type OutputSummary,
  type Result,
  resultType,
} from "../../envelope/statements/result.ts";
import type { ExecEnd, StreamName, StreamReport } from "../exec/command.ts";
import type { AgentIdentity } from "../hub_link/hub_sessions.ts";

/** The longest reason in a result, in bytes. */
const MAX_REASON_BYTES = 1_024;

/** Returns `outcome` with texts that fit a result, a log and the audit log. */
export function truncateOutcome(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case "refused":
    case "lost":
      return { ...outcome, reason: truncateText(outcome.reason) };
    case "undone":
      return { ...outcome, reason: truncateText(outcome.reason), said: truncateText(outcome.said) };
    case "allowed":
      return {
        ...outcome,
        rule: truncateText(outcome.rule),
        summary: truncateText(outcome.summary),
      };
    default:
      return outcome;
  }
}

/** Returns `text` without NUL, truncated to fit a result. */
export function truncateText(text: string): string {
  const clean = text.toWellFormed().replaceAll("\0", "\ufffd");
  if (utf8Length(clean) <= MAX_REASON_BYTES) return clean;
  // No UTF-16 unit takes more than three bytes.
  return `${clean.slice(0, Math.floor(MAX_REASON_BYTES / 3) - 1).toWellFormed()}...`;
}

/** The fields of a result besides the outcome. */
export type ResultFigures = Pick<Result, "startMs" | "endMs" | "out" | "err" | "input">;

/** The request that a result is about. */
export interface AnsweredRequest {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Hex SHA-256 of the signed body. */
  readonly digest: string;
  /** The policy rule that admits it, for people. */
  readonly rule?: string;
}

/** Options of a signer. */
interface ResultSignerOptions {
  /** The name and the key that sign. */
  readonly identity: Pick<AgentIdentity, "name" | "key">;
  /** Returns the newest hash of the audit log, hexadecimal; called for each result. */
  readonly auditHead: () => string;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

const NO_OUTPUT: OutputSummary = {
  bytes: 0,
  kept: 0,
  // The digest of zero bytes.
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};

/** Signs and numbers results. */
export class ResultSigner {
  readonly #options: ResultSignerOptions;
  #seq = 0;

  /** Creates a signer with the key of `options.identity`. */
  constructor(options: ResultSignerOptions) {
    this.#options = options;
  }

  /**
   * Signs the outcome of a request; without figures no command ran. Never throws: an outcome that
   * does not fit becomes `lost`, because every request needs an answer.
   */
  sign(request: AnsweredRequest, outcome: Outcome, figures?: ResultFigures): Uint8Array {
    const { id, digest } = request;
    const unrun = { id, digest };
    try {
      const bounded = truncateOutcome(outcome);
      return figures
        ? this.#seal(request, bounded, figures)
        : this.#seal(unrun, bounded, this.#noFigures());
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      const reason = truncateText(`cannot encode the result: ${error.message}`);
      return this.#seal(unrun, { kind: "lost", reason }, this.#noFigures());
    }
  }

  #seal(request: AnsweredRequest, outcome: Outcome, figures: ResultFigures): Uint8Array {
    const { identity, auditHead } = this.#options;
    const body: Result = {
      v: 1,
      id: request.id,
      request: request.digest,
      agent: identity.name,
      seq: this.#seq++,
      outcome,
      ...(request.rule !== undefined && { rule: truncateText(request.rule) }),
      ...figures,
      auditHead: auditHead(),
    };
    return signEnvelope(resultType, body, [identity.key]);
  }

  #noFigures(): ResultFigures {
    const now = (this.#options.clock ?? systemClock).now();
    return { startMs: now, endMs: now, out: NO_OUTPUT, err: NO_OUTPUT };
  }
}

/** The content of a result. */
export interface JobResult {
  /** The outcome. */
  readonly outcome: Outcome;
  /** The figures of the command, if there are any. */
  readonly figures?: ResultFigures;
}

/** How many bytes of each stream were dropped, because the command was cancelled. */
export type DroppedBytes = Record<StreamName, number>;

/** An end after which no process resumes the command. */
export type FinalEnd = Exclude<ExecEnd, { readonly kind: "left" }>;

/** Converts the end of a command to the content of its result. */
export function toJobResult(end: FinalEnd, dropped: DroppedBytes): JobResult {
  if (!("report" in end)) return { outcome: toOutcome(end) };
  const { startMs, endMs, stdout, stderr } = end.report;
  const [out, err] = [
    toOutputSummary(stdout, dropped.stdout),
    toOutputSummary(stderr, dropped.stderr),
  ];
  return { outcome: toOutcome(end), figures: { startMs, endMs, out, err } };
}

/** Returns the outcome of a refused request. */
export function refusedOutcome(code: string, reason: string): Outcome {
  return { kind: "refused", code, reason };
}

function toOutcome(end: FinalEnd): Outcome {
  switch (end.kind) {
    case "exited":
      return { kind: "exited", code: end.code };
    case "signalled":
      return { kind: "signalled", signal: end.signal };
    case "failed":
      return refusedOutcome(end.code, end.reason);
    case "lost":
      return { kind: "lost", reason: end.reason };
    case "timeout":
    case "cancelled":
      return { kind: end.kind };
    default:
      return end satisfies never;
  }
}

function toOutputSummary({ bytes, kept, sha256 }: StreamReport, dropped: number): OutputSummary {
  return { bytes, kept: Math.max(0, kept - dropped), sha256 };
}
