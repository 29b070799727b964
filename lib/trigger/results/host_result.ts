/**
 * The result of a request on one host: the outcome that the agent has signed, or what the hub knows
 * of a host that signed nothing. A result whose digests are not those of the output that came counts
 * as unverified.
 * @module
 */
import {
  type HostOutcome,
  outcomeOf,
  type VerifiedFinalState,
} from "../../protocol/job/host_state.ts";
import { isInterrupted, OutputDigest } from "../../protocol/job/output_digest.ts";

/** The result of one host, with its output. */
export interface HostResultWithOutput {
  /** The host's name. */
  readonly node: string;
  /** How it ended. */
  readonly outcome: HostOutcome;
  /** The bytes of stdout that were kept. */
  readonly stdout: Uint8Array;
  /** The bytes of stderr that were kept. */
  readonly stderr: Uint8Array;
  /** How many bytes of both were not kept. */
  readonly droppedBytes: number;
  /** How long the command ran, in milliseconds, if it did. */
  readonly durationMs?: number;
  /** The newest hash of the agent's audit log when it signed the result. */
  readonly auditHead?: string;
}

/** One text per distinct outcome, for comparing; not for people. */
export function outcomeKey(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited ${outcome.code}`;
    case "signalled":
      return `signalled ${outcome.signal}`;
    case "refused":
      return JSON.stringify(["refused", outcome.code, outcome.reason]);
    case "allowed":
      return JSON.stringify(["allowed", outcome.rule, outcome.summary]);
    case "lost":
    case "expired":
      return JSON.stringify([outcome.kind, outcome.reason]);
    case "undone":
      return JSON.stringify(["undone", outcome.reason, outcome.code, outcome.said]);
    case "timeout":
    case "cancelled":
    case "unverified":
    case "skipped":
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}

/** How a request ended on one host, with what the agent has signed about it. */
export interface HostResult {
  /** How it ended. */
  readonly outcome: HostOutcome;
  /** How many bytes of output the agent did not send, or the hub has not kept. */
  readonly droppedBytes: number;
  /**
   * Whether output is missing that the agent has sent: then the rest cannot be checked against the
   * signed digest.
   */
  readonly unchecked?: true;
  /** How long the command ran, in milliseconds, if it did. */
  readonly durationMs?: number;
  /** The newest hash of the agent's audit log when it signed the result. */
  readonly auditHead?: string;
}

/** Whether the agent has signed `result`; otherwise it is what the hub knows of the host. */
export function isSigned({ auditHead }: HostResult): boolean {
  return auditHead !== undefined;
}

/** Receives output and results as they come. Its functions must not throw. */
export interface ResultListener {
  /** `node` has printed something; a promise slows the command down until it resolves. */
  output(node: string, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> | void;
  /** `node` has ended; called once per host, after all of its output. */
  ended(node: string, result: HostResult): void;
}

/**
 * How output is compared with the digests in the signed result: the `whole` output; a `beginning`
 * that may lack its end, which is all that a hub keeps of a job that is looked up later; or `none`,
 * where output is not followed.
 */
export type OutputCheck = "whole" | "beginning" | "none";

/**
 * The result of a host in a final state. Output travels unsigned; the signed result holds its
 * digests. Where they differ from `received`, the host counts as unverified.
 */
export function hostResultOf(
  state: VerifiedFinalState,
  received: OutputDigest,
  check: OutputCheck,
): HostResult {
  if (state.kind !== "ended") return { outcome: outcomeOf(state), droppedBytes: 0 };
  const { body } = state.result;
  const { startMs, endMs, out, err, auditHead } = body;
  const mayLack = check === "beginning" && !isInterrupted(body);
  const missing = mayLack ? received.missing(body) : 0;
  const isProven = check === "none" || missing > 0 || received.matches(body);
  return {
    outcome: isProven ? outcomeOf(state) : { kind: "unverified" },
    droppedBytes: out.bytes - out.kept + err.bytes - err.kept + missing,
    ...(missing > 0 && { unchecked: true }),
    durationMs: Math.max(0, endMs - startMs),
    auditHead,
  };
}
