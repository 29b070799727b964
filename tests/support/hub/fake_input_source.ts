/**
 * An input of a given length for tests of feeding standard input; it records how it was read.
 * @module
 */
import { signInputBlock } from "../../../lib/envelope/statements/input_block.ts";
import type { InputSource } from "../../../lib/protocol/job/job_spec.ts";
import { alice } from "../envelope_fixtures.ts";

/** What differs from an input that is read once. */
export interface FakeInputSourceOptions {
  readonly seekable?: boolean;
  /** How long it is; endless unless given. */
  readonly length?: number;
  /** The most bytes in one block. */
  readonly block?: number;
  /** Where hosts begin. */
  readonly startOf?: (node: string) => Promise<number>;
  /** Reads from this place on fail. */
  readonly broken?: number;
}

/** An input, and the offsets at which it was read. */
export interface FakeInputSource extends InputSource {
  readonly reads: number[];
  readonly signals: AbortSignal[];
}

/** The id of the request whose input it is. */
export const INPUT_REQUEST_ID: string = "a".repeat(32);

/** The bytes of any stretch of it. */
export function inputBytesAt(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (offset + index) % 251);
}

/** Makes an input that is signed with the key of `alice`. */
export function fakeInputSource(options: FakeInputSourceOptions = {}): FakeInputSource {
  const { seekable = false, length = Infinity, block = 100_000, broken = Infinity } = options;
  const [reads, signals]: [number[], AbortSignal[]] = [[], []];
  return {
    seekable,
    reads,
    signals,
    read(offset, signal) {
      reads.push(offset);
      signals.push(signal);
      if (offset >= broken) return Promise.reject(new Error("the disk is broken"));
      const bytes = inputBytesAt(offset, Math.max(0, Math.min(block, length - offset)));
      return Promise.resolve(signInputBlock(INPUT_REQUEST_ID, { offset, bytes }, alice));
    },
    ...(options.startOf && { startOf: options.startOf }),
  };
}
