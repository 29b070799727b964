/**
 * Provides an input of a given length for tests of standard input. Records how it was read.
 * @module
 */
import type { InputSource } from "../../../lib/protocol/job/job_spec.ts";

/** Options that differ from an input that is read once. */
export interface FakeInputSourceOptions {
  readonly seekable?: boolean;
  /** Its length; endless by default. */
  readonly length?: number;
  /** The most bytes in one block. */
  readonly block?: number;
  /** Returns where a host starts. */
  readonly startOf?: (node: string) => Promise<number>;
  /** Reads from this offset on fail. */
  readonly broken?: number;
}

/** An input, and the offsets at which it was read. */
export interface FakeInputSource extends InputSource {
  readonly reads: number[];
  readonly signals: AbortSignal[];
}

/** The id of the request whose input it is. */
export const INPUT_REQUEST_ID: string = "a".repeat(32);

/** Returns the bytes of a range of the input. */
export function inputBytesAt(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (offset + index) % 251);
}

/** Creates an input. The hub verifies no signature, so all are zeros. */
export function fakeInputSource(options: FakeInputSourceOptions = {}): FakeInputSource {
  const { seekable = false, length = Infinity, block = 100_000, broken = Infinity } = options;
  const [reads, signals]: [number[], AbortSignal[]] = [[], []];
  return {
    seekable,
    reads,
    signals,
    read({ start, offset }, signal) {
      reads.push(offset);
      signals.push(signal);
      if (offset >= broken) return Promise.reject(new Error("the disk is broken"));
      const bytes = inputBytesAt(offset, Math.max(0, Math.min(block, length - offset)));
      return Promise.resolve({ start, offset, bytes, signature: new Uint8Array(64) });
    },
    ...(options.startOf && { startOf: options.startOf }),
  };
}
