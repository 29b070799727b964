/**
 * An input of so many bytes for the tests of feeding, which says what was read of it.
 * @module
 */
import { signBlock } from "../../lib/envelope/input_block.ts";
import type { InputSource } from "../../lib/hub/input_feed.ts";
import { alice } from "../envelope/fixtures.ts";

/** What differs from an input that is read once. */
export interface TestSourceOptions {
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
export interface TestSource extends InputSource {
  readonly reads: number[];
  readonly signals: AbortSignal[];
}

/** The id of the request whose input it is. */
export const SOURCE_ID: string = "a".repeat(32);

/** The bytes of any stretch of it. */
export function sourceBytes(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (offset + index) % 251);
}

/** Makes an input that is signed with the key of `alice`. */
export function testSource(options: TestSourceOptions = {}): TestSource {
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
      const bytes = sourceBytes(offset, Math.max(0, Math.min(block, length - offset)));
      return Promise.resolve(signBlock(SOURCE_ID, { offset, bytes }, alice));
    },
    ...(options.startOf && { startOf: options.startOf }),
  };
}
