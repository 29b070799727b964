/**
 * Orders whose commands read what is streamed to them: the request is signed together with a fresh
 * key, and every block with that key, as it is read.
 * Imports `envelope` and `hub` types.
 * @module
 */
import { MAX_INPUT_BLOCK_BYTES, signInputBlock } from "../envelope/statements/input_block.ts";
import { generateSecretKey, type SecretKey } from "../envelope/keys/secret_key.ts";
import type { InputSource } from "../hub/input_feed.ts";
import { type Order, signedOrder, type Wish } from "./order.ts";

/** Bytes that are read as they are needed. */
export interface ByteSource {
  /** Whether any part can be read at any time; otherwise it is read once, from the start. */
  readonly seekable: boolean;
  /** Reads 1 to `maxBytes` bytes from `offset` on, or none at the end. */
  read(offset: number, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** What the commands read. */
export interface Streaming {
  /** Where the bytes come from. */
  readonly source: ByteSource;
  /**
   * Where a host begins, once that is known: for commands that say so themselves, and look at the
   * whole when they have it. Without it, all read everything.
   */
  readonly startOf?: (node: string) => Promise<number>;
  /** How many bytes all hosts together may be sent in a second. */
  readonly bytesPerSecond?: number | undefined;
}

/** The order to carry out `wish`, signed with `keys`; throws as `signedOrder()`. */
export function streamedOrder(
  wish: Wish,
  keys: readonly SecretKey[],
  { source, startOf, bytesPerSecond }: Streaming,
): Order {
  const key = generateSecretKey("");
  const input = {
    key: key.publicKey.base64,
    from: startOf ? "anywhere" : "start",
  } as const;
  const order = signedOrder({ ...wish, input }, keys);
  const signed: InputSource = {
    seekable: source.seekable,
    bytesPerSecond,
    read: async (offset, signal) =>
      signInputBlock(order.id, {
        offset,
        bytes: await source.read(offset, MAX_INPUT_BLOCK_BYTES, signal),
      }, key),
    ...(startOf && { startOf }),
  };
  return { ...order, input: signed };
}
