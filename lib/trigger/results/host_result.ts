/**
 * The result of a request on one host: the outcome that the agent has signed, or what the hub knows
 * of a host that signed nothing. Results are collected from the states and output of a job; output
 * whose digest is not the signed one counts as unverified.
 * @module
 */
import {
  type HostOutcome,
  isFinal,
  type JobSink,
  outcomeOf,
  type VerifiedFinalState,
} from "../../protocol/job/host_state.ts";
import { isInterrupted, OutputDigest } from "../../protocol/job/output_digest.ts";

/** What one host made of one request. */
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
   * Whether output is missing that the agent has sent: then nobody can tell whether what came is what
   * the agent has signed.
   */
  readonly unchecked?: true;
  /** How long the command ran, in milliseconds, if it did. */
  readonly durationMs?: number;
  /** The newest hash of the agent's audit log when it signed the result. */
  readonly auditHead?: string;
}

/** Receives results as they come. Its functions must not throw. */
export interface ResultSink {
  /** `node` has printed something; a promise slows the command down until it resolves. */
  output(node: string, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> | void;
  /** `node` has ended; called once per host, after all of its output. */
  ended(node: string, end: HostResult): void;
}

/**
 * Makes the sink of a job that tells `sink` in the words of results. Output travels unsigned; the
 * signed result holds its digests. Where they differ somebody has changed it on the way, and the
 * host counts as unverified. With `partial` it may lack its end: of a job that is looked up later a hub
 * has kept the beginning only.
 */
export function collectHostResults(
  sink: ResultSink,
  { partial = false }: { readonly partial?: boolean } = {},
): JobSink {
  const proofs = new Map<string, OutputDigest>();
  return {
    output: (node, { stream, bytes }) => {
      const known = proofs.get(node) ?? new OutputDigest();
      proofs.set(node, known);
      known.add({ stream, bytes });
      return sink.output(node, stream, bytes);
    },
    state: (node, state) => {
      if (!isFinal(state)) return;
      sink.ended(node, resultOf(state, proofs.get(node) ?? new OutputDigest(), partial));
      proofs.delete(node);
    },
  };
}

function resultOf(state: VerifiedFinalState, came: OutputDigest, partial: boolean): HostResult {
  if (state.kind !== "ended") return { outcome: outcomeOf(state), droppedBytes: 0 };
  const { body } = state.result;
  const { startMs, endMs, out, err, auditHead } = body;
  const mayLack = partial && !isInterrupted(body);
  const missing = mayLack ? came.missing(body) : 0;
  return {
    outcome: missing > 0 || came.matches(body) ? outcomeOf(state) : { kind: "unverified" },
    droppedBytes: out.bytes - out.kept + err.bytes - err.kept + missing,
    ...(missing > 0 && { unchecked: true }),
    durationMs: Math.max(0, endMs - startMs),
    auditHead,
  };
}
