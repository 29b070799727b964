/**
 * How a job ends, as its signed result: maps the end of a command to an outcome and its figures,
 * truncates long texts, and signs. A reason can hold a path or a message of the system, so it is
 * bounded to fit a result, a log line and an audit line.
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

/** The most bytes that a result has for a reason. */
const MAX_REASON_BYTES = 1_024;

/** `outcome` with texts that fit into a result, a log and an audit log. */
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

/** `text` as a result may carry it: without NUL and not too long. */
export function truncateText(text: string): string {
  const clean = text.toWellFormed().replaceAll("\0", "\ufffd");
  if (utf8Length(clean) <= MAX_REASON_BYTES) return clean;
  // No character takes more than three bytes for each of its UTF-16 units.
  return `${clean.slice(0, Math.floor(MAX_REASON_BYTES / 3) - 1).toWellFormed()}...`;
}

/** What a result says beside the outcome. */
export type ResultFigures = Pick<Result, "startMs" | "endMs" | "out" | "err">;

/** The request that a result is about. */
export interface AnsweredRequest {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Hex SHA-256 of what was asked. */
  readonly digest: string;
  /** Which rule lets it run, for people. */
  readonly rule?: string;
}

/** What a signer works with. */
export interface ResultSignerOptions {
  /** Who signs. */
  readonly identity: Pick<AgentIdentity, "name" | "key">;
  /** The newest hash of the audit log, hexadecimal; asked when a result is signed. */
  readonly auditHead: () => string;
  /** The source of time; the machine's own clock by default. */
  readonly clock?: Clock;
}

const NO_OUTPUT: OutputSummary = {
  bytes: 0,
  kept: 0,
  // The digest of no bytes.
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};

/** Signs results and counts them. */
export class ResultSigner {
  readonly #options: ResultSignerOptions;
  #seq = 0;

  /** Signs with the key of `options.identity`. */
  constructor(options: ResultSignerOptions) {
    this.#options = options;
  }

  /**
   * Signs the outcome of a request; without figures it is one for which no command ran. Never
   * throws: whatever a result cannot hold becomes `lost`, because some answer there must be.
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
      const reason = truncateText(`the result cannot be written: ${error.message}`);
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

/** What a result says. */
export interface JobResult {
  /** How it ended. */
  readonly outcome: Outcome;
  /** The figures of the command, if there are any. */
  readonly figures?: ResultFigures;
}

/** How many bytes of each stream nobody has got, because the command was called off. */
export type DroppedBytes = Record<StreamName, number>;

/** An end after which nobody goes on with the command. */
export type FinalEnd = Exclude<ExecEnd, { readonly kind: "left" }>;

/** What the result of a command that ended like this says. */
export function toJobResult(end: FinalEnd, dropped: DroppedBytes): JobResult {
  if (!("report" in end)) return { outcome: toOutcome(end) };
  const { startMs, endMs, stdout, stderr } = end.report;
  const [out, err] = [
    toOutputSummary(stdout, dropped.stdout),
    toOutputSummary(stderr, dropped.stderr),
  ];
  return { outcome: toOutcome(end), figures: { startMs, endMs, out, err } };
}

/** The outcome of what was not run. */
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
