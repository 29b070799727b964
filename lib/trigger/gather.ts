/**
 * Turns what the hub learns of a job into results, host by host. Imports `envelope` and `hub`.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { Result } from "../envelope/result.ts";
import { type HostState, isFinal } from "../hub/host_state.ts";
import type { JobSink } from "../hub/job_host.ts";
import type { NodeOutcome } from "./outcome.ts";

/** How a request ended on one host, with what the agent has signed about it. */
export interface NodeEnd {
  /** How it ended. */
  readonly outcome: NodeOutcome;
  /** How many bytes of output the agent did not send. */
  readonly droppedBytes: number;
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
 * host counts as unverified.
 */
export function gathering(sink: GatherSink): JobSink {
  const digests = new Map<string, StreamDigests>();
  return {
    output: (node, { stream, bytes }) => {
      const known = digests.get(node) ?? newDigests();
      digests.set(node, known);
      known[stream].update(bytes);
      return sink.output(node, stream, bytes);
    },
    state: (node, state) => {
      if (!isFinal(state)) return;
      sink.ended(node, endOf(state, digests.get(node) ?? newDigests()));
      digests.delete(node);
    },
  };
}

/** The digests of what has come from one host. */
type StreamDigests = Readonly<Record<"stdout" | "stderr", Hash>>;

function newDigests(): StreamDigests {
  return { stdout: createHash("sha256"), stderr: createHash("sha256") };
}

function endOf(state: HostState, came: StreamDigests): NodeEnd {
  if (state.kind !== "ended") return { outcome: outcomeOf(state), droppedBytes: 0 };
  const { body } = state.result;
  const { startMs, endMs, out, err, auditHead } = body;
  return {
    outcome: isProven(body, came) ? outcomeOf(state) : { kind: "unverified" },
    droppedBytes: out.bytes - out.kept + err.bytes - err.kept,
    durationMs: Math.max(0, endMs - startMs),
    auditHead,
  };
}

/** What was broken off in mid-command has printed something of which nobody knows the end. */
function isProven({ outcome, out, err }: Result, came: StreamDigests): boolean {
  if (outcome.kind === "lost" || outcome.kind === "cancelled") return true;
  return came.stdout.digest("hex") === out.sha256 && came.stderr.digest("hex") === err.sha256;
}

function outcomeOf(state: HostState): NodeOutcome {
  switch (state.kind) {
    case "ended":
      return state.result.body.outcome;
    case "expired":
    case "skipped":
      return { kind: state.kind };
    case "lost":
      return { kind: "lost", reason: state.reason };
    case "pending":
    case "delivered":
    case "started":
      throw new TypeError(`"${state.kind}" is not the end of anything`);
    default:
      return state satisfies never;
  }
}
