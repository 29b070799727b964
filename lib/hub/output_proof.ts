/**
 * Whether the output of a host is what its agent has signed: output itself travels unsigned, and the
 * signed result holds its digests. Imports `envelope` types.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { OutputSummary, Result } from "../envelope/statements/result.ts";
import type { Piece } from "./output_tail.ts";

/** What has come from one host, all of it from the beginning. */
export class OutputProof {
  readonly #came = { stdout: new StreamDigest(), stderr: new StreamDigest() };

  /** Takes in what has come. */
  add({ stream, bytes }: Piece): void {
    this.#came[stream].add(bytes);
  }

  /** How many bytes are missing of what the agent has sent. */
  missing({ out, err }: Pick<Result, "out" | "err">): number {
    return this.#came.stdout.missing(out) + this.#came.stderr.missing(err);
  }

  /** Whether it is what the agent has signed, as far as `result` can tell. To be asked once. */
  fits(result: Result): boolean {
    if (isBrokenOff(result)) return true;
    return this.#came.stdout.fits(result.out) && this.#came.stderr.fits(result.err);
  }
}

/**
 * What was broken off in mid-command has printed something of which nobody knows the end; so may
 * what was undone, by an agent that was started again.
 */
export function isBrokenOff({ outcome }: Pick<Result, "outcome">): boolean {
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

  fits({ sha256 }: OutputSummary): boolean {
    return (this.#hash ?? createHash("sha256")).digest("hex") === sha256;
  }
}
