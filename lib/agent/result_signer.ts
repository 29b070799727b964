/**
 * Signs what the agent says of requests. Imports `base` and `envelope`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { EnvelopeError } from "../envelope/errors.ts";
import {
  type Outcome,
  type OutputSummary,
  type Result,
  resultType,
} from "../envelope/statements/result.ts";
import { signEnvelope } from "../envelope/signing/sign_envelope.ts";
import { boundedOutcome, boundedText } from "./bounded_outcome.ts";
import type { AgentIdentity } from "./link.ts";

/** What a result says beside the outcome. */
export type Figures = Pick<Result, "startMs" | "endMs" | "out" | "err">;

/** The request that a result is about. */
export interface Answered {
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
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
}

const NOTHING: OutputSummary = {
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
  sign(request: Answered, outcome: Outcome, figures?: Figures): Uint8Array {
    const { id, digest } = request;
    const unrun = { id, digest };
    try {
      const bounded = boundedOutcome(outcome);
      return figures
        ? this.#seal(request, bounded, figures)
        : this.#seal(unrun, bounded, this.#noFigures());
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      const reason = boundedText(`the result cannot be written: ${error.message}`);
      return this.#seal(unrun, { kind: "lost", reason }, this.#noFigures());
    }
  }

  #seal(request: Answered, outcome: Outcome, figures: Figures): Uint8Array {
    const { identity, auditHead } = this.#options;
    const body: Result = {
      v: 1,
      id: request.id,
      request: request.digest,
      agent: identity.name,
      seq: this.#seq++,
      outcome,
      ...(request.rule !== undefined && { rule: boundedText(request.rule) }),
      ...figures,
      auditHead: auditHead(),
    };
    return signEnvelope(resultType, body, [identity.key]);
  }

  #noFigures(): Figures {
    const now = (this.#options.clock ?? systemClock).now();
    return { startMs: now, endMs: now, out: NOTHING, err: NOTHING };
  }
}
