/**
 * The result of a request on one host: the outcome that the agent has signed, or the state at the
 * hub of a host without a signed result. A result whose digests do not match the received output is
 * unverified.
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
  /** The name of the host. */
  readonly node: string;
  /** The outcome. */
  readonly outcome: HostOutcome;
  /** The stored bytes of stdout. */
  readonly stdout: Uint8Array;
  /** The stored bytes of stderr. */
  readonly stderr: Uint8Array;
  /** How many bytes of both streams were not stored. */
  readonly droppedBytes: number;
  /** The run time of the command, in milliseconds, if it ran. */
  readonly durationMs?: number;
  /** The newest hash of the agent's audit log when it signed the result. */
  readonly auditHead?: string;
}

/** Returns a key that is equal for equal outcomes only; not for people. */
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

/** The result of one host, without its output. */
export interface HostResult {
  /** The outcome. */
  readonly outcome: HostOutcome;
  /** How many bytes of output the agent did not send, or the hub did not store. */
  readonly droppedBytes: number;
  /** Whether output that the agent has sent is missing, so that no digest can be verified. */
  readonly unchecked?: true;
  /** The run time of the command, in milliseconds, if it ran. */
  readonly durationMs?: number;
  /** The newest hash of the agent's audit log when it signed the result. */
  readonly auditHead?: string;
}

/** Returns whether the agent has signed `result`; otherwise it comes from the hub. */
export function isSigned({ auditHead }: HostResult): boolean {
  return auditHead !== undefined;
}

/** Receives output and results as they arrive. Its functions must not throw. */
export interface ResultListener {
  /** Takes output of `node`; a promise slows the command down until it resolves. */
  output(node: string, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> | void;
  /** Takes the result of `node`; called once per host, after all of its output. */
  ended(node: string, result: HostResult): void;
}

/**
 * How output is verified against the digests in the signed result. `whole`: all of it must match.
 * `beginning`: the end may be missing, because a hub stores only the beginning. `none`: output is not
 * followed and not verified.
 */
export type OutputCheck = "whole" | "beginning" | "none";

/**
 * Returns the result of a host in a final state. Output is unsigned, and the signed result holds its
 * digests. If these differ from `received`, the outcome is `unverified`.
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
