/**
 * Turns what the hub learns of a job into results, host by host. Imports `envelope` and `hub`.
 * @module
 */
import { type HostState, isFinal } from "../hub/host_state.ts";
import type { JobSink } from "../hub/job_sink.ts";
import { isBrokenOff, OutputProof } from "../hub/output_proof.ts";
import type { NodeOutcome } from "./outcome.ts";

/** How a request ended on one host, with what the agent has signed about it. */
export interface NodeEnd {
  /** How it ended. */
  readonly outcome: NodeOutcome;
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
export interface GatherSink {
  /** `node` has printed something; a promise slows the command down until it resolves. */
  output(node: string, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> | void;
  /** `node` has ended; called once per host, after all of its output. */
  ended(node: string, end: NodeEnd): void;
}

/**
 * Makes the sink of a job that tells `sink` in the words of results. Output travels unsigned; the
 * signed result holds its digests. Where they differ somebody has changed it on the way, and the
 * host counts as unverified. With `partial` it may lack its end: of a job that is looked up later a hub
 * has kept the beginning only.
 */
export function gathering(
  sink: GatherSink,
  { partial = false }: { readonly partial?: boolean } = {},
): JobSink {
  const proofs = new Map<string, OutputProof>();
  return {
    output: (node, { stream, bytes }) => {
      const known = proofs.get(node) ?? new OutputProof();
      proofs.set(node, known);
      known.add({ stream, bytes });
      return sink.output(node, stream, bytes);
    },
    state: (node, state) => {
      if (!isFinal(state)) return;
      sink.ended(node, endOf(state, proofs.get(node) ?? new OutputProof(), partial));
      proofs.delete(node);
    },
  };
}

function endOf(state: HostState, came: OutputProof, partial: boolean): NodeEnd {
  if (state.kind !== "ended") return { outcome: outcomeOf(state), droppedBytes: 0 };
  const { body } = state.result;
  const { startMs, endMs, out, err, auditHead } = body;
  const mayLack = partial && !isBrokenOff(body);
  const missing = mayLack ? came.missing(body) : 0;
  return {
    outcome: missing > 0 || came.fits(body) ? outcomeOf(state) : { kind: "unverified" },
    droppedBytes: out.bytes - out.kept + err.bytes - err.kept + missing,
    ...(missing > 0 && { unchecked: true }),
    durationMs: Math.max(0, endMs - startMs),
    auditHead,
  };
}

function outcomeOf(state: HostState): NodeOutcome {
  switch (state.kind) {
    case "ended":
      return state.result.body.outcome;
    case "skipped":
    case "expired":
    case "lost":
      return state;
    case "pending":
    case "delivered":
    case "started":
    case "unconfirmed":
      throw new TypeError(`"${state.kind}" is not the end of anything`);
    default:
      return state satisfies never;
  }
}
