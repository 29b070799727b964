/**
 * Turns what the hub learns of a job into results, host by host. Imports `envelope` and `hub`.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { OutputSummary, Result } from "../envelope/result.ts";
import { type HostState, isFinal } from "../hub/host_state.ts";
import type { JobSink } from "../hub/job_sink.ts";
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
  const digests = new Map<string, StreamDigests>();
  return {
    output: (node, { stream, bytes }) => {
      const known = digests.get(node) ?? newDigests();
      digests.set(node, known);
      known[stream].add(bytes);
      return sink.output(node, stream, bytes);
    },
    state: (node, state) => {
      if (!isFinal(state)) return;
      sink.ended(node, endOf(state, digests.get(node) ?? newDigests(), partial));
      digests.delete(node);
    },
  };
}

/** What has come from one host. */
type StreamDigests = Readonly<Record<"stdout" | "stderr", StreamDigest>>;

/** What has come of one stream. */
class StreamDigest {
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  /** How many bytes are missing of what the agent has sent. */
  missing({ kept }: OutputSummary): number {
    return Math.max(0, kept - this.#bytes);
  }

  /** Whether it is what the agent has signed. To be asked once. */
  fits({ sha256 }: OutputSummary): boolean {
    return this.#hash.digest("hex") === sha256;
  }
}

function newDigests(): StreamDigests {
  return { stdout: new StreamDigest(), stderr: new StreamDigest() };
}

function endOf(state: HostState, came: StreamDigests, partial: boolean): NodeEnd {
  if (state.kind !== "ended") return { outcome: outcomeOf(state), droppedBytes: 0 };
  const { body } = state.result;
  const { startMs, endMs, out, err, auditHead } = body;
  const mayLack = partial && !isBrokenOff(body);
  const missing = mayLack ? came.stdout.missing(out) + came.stderr.missing(err) : 0;
  return {
    outcome: missing > 0 || isProven(body, came) ? outcomeOf(state) : { kind: "unverified" },
    droppedBytes: out.bytes - out.kept + err.bytes - err.kept + missing,
    ...(missing > 0 && { unchecked: true }),
    durationMs: Math.max(0, endMs - startMs),
    auditHead,
  };
}

function isProven(result: Result, came: StreamDigests): boolean {
  return isBrokenOff(result) || came.stdout.fits(result.out) && came.stderr.fits(result.err);
}

/**
 * What was broken off in mid-command has printed something of which nobody knows the end; so may
 * what was undone, by an agent that was started again.
 */
function isBrokenOff({ outcome }: Result): boolean {
  return ["lost", "cancelled", "undone"].includes(outcome.kind);
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
