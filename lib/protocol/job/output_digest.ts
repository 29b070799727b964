/**
 * Compares the output of a host with the digests in its signed result. Output travels unsigned, so
 * only this comparison detects a change on the way.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { OutputSummary, Result } from "../../envelope/statements/result.ts";
import type { StreamPiece } from "../agent/streams.ts";

/** Digests all output of one host. */
export class OutputDigest {
  readonly #streams = { stdout: new StreamDigest(), stderr: new StreamDigest() };

  /** Adds the next output. */
  add({ stream, bytes }: StreamPiece): void {
    this.#streams[stream].add(bytes);
  }

  /** Returns how many bytes of the agent's output are missing. */
  missing({ out, err }: Pick<Result, "out" | "err">): number {
    return this.#streams.stdout.missing(out) + this.#streams.stderr.missing(err);
  }

  /** Returns whether the output is the signed one, or nobody can know. Call it once. */
  matches(result: Result): boolean {
    if (isInterrupted(result)) return true;
    return this.#streams.stdout.matches(result.out) && this.#streams.stderr.matches(result.err);
  }
}

/**
 * Returns whether the result may lack digests of the output: the command was interrupted, or rolled
 * back by an agent that had been restarted.
 */
export function isInterrupted({ outcome }: Pick<Result, "outcome">): boolean {
  return ["lost", "cancelled", "undone"].includes(outcome.kind);
}

/** Digests one stream. */
class StreamDigest {
  #hash: Hash | undefined;
  #bytes = 0;

  add(bytes: Uint8Array): void {
    this.#hash ??= createHash("sha256");
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  missing({ kept }: OutputSummary): number {
    return Math.max(0, kept - this.#bytes);
  }

  matches({ sha256 }: OutputSummary): boolean {
    return (this.#hash ?? createHash("sha256")).digest("hex") === sha256;
  }
}
