/**
 * Different outputs, each kept once. Imports `node:crypto`.
 * @module
 */
import { hash } from "node:crypto";

/** An output that is kept. */
export interface KeptOutput {
  /** The same number for equal outputs, another one for others. */
  readonly id: number;
  /** The bytes; equal outputs share them. */
  readonly bytes: Uint8Array;
}

/**
 * Keeps outputs so that memory grows with the number of different ones and not with the number of
 * hosts (the idea of ClusterShell's MsgTree). Outputs are told apart by their SHA-256.
 */
export class DistinctOutputs {
  readonly #kept = new Map<string, KeptOutput>();

  /** Keeps `output`, which may be reused by the caller afterwards. */
  keep(output: Uint8Array): KeptOutput {
    const key = hash("sha256", output, "base64");
    const known = this.#kept.get(key);
    if (known) return known;
    const kept = { id: this.#kept.size, bytes: output.slice() };
    this.#kept.set(key, kept);
    return kept;
  }
}
