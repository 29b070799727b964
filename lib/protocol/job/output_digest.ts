/**
 * Digests of the output of a host, compared with those in the signed result. Output itself travels
 * unsigned, so this is where a change on the way is noticed.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { OutputSummary, Result } from "../../envelope/statements/result.ts";
import type { StreamPiece } from "../agent/streams.ts";

/** What has come from one host, all of it from the beginning. */
export class OutputDigest {
  readonly #came = { stdout: new StreamDigest(), stderr: new StreamDigest() };

  /** Takes in what has come. */
  add({ stream, bytes }: StreamPiece): void {
    this.#came[stream].add(bytes);
  }

  /** How many bytes are missing of what the agent has sent. */
  missing({ out, err }: Pick<Result, "out" | "err">): number {
    return this.#came.stdout.missing(out) + this.#came.stderr.missing(err);
  }

  /** Whether it is what the agent has signed, as far as `result` can tell. To be asked once. */
  matches(result: Result): boolean {
    if (isInterrupted(result)) return true;
    return this.#came.stdout.matches(result.out) && this.#came.stderr.matches(result.err);
  }
}

/**
 * What was broken off in mid-command has printed something of which nobody knows the end; so may
 * what was undone, by an agent that was started again.
 */
export function isInterrupted({ outcome }: Pick<Result, "outcome">): boolean {
  return ["lost", "cancelled", "undone"].includes(outcome.kind);
}

/** What has come of one stream. */
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
