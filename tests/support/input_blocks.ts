/**
 * Signs blocks of standard input for tests, each chained to those before it.
 * @module
 */
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import type { SecretKey } from "../../lib/envelope/keys/secret_key.ts";
import {
  type InputBlock,
  InputChain,
  signInputPrefix,
} from "../../lib/envelope/statements/input_block.ts";
import { alice } from "./envelope_fixtures.ts";

/** Options that differ from an input from offset 0 that `alice` has signed. */
export interface SignedBlocksOptions {
  readonly start?: number;
  readonly key?: SecretKey;
}

/** Returns the blocks of the input of request `id`: one for each of `pieces`. An empty one is the end. */
export function signedBlocks(
  id: string,
  pieces: readonly (string | Uint8Array)[],
  { start = 0, key = alice }: SignedBlocksOptions = {},
): InputBlock[] {
  let chain = new InputChain(start);
  return pieces.map((piece) => {
    const bytes = typeof piece === "string" ? encodeUtf8(piece) : piece;
    const { end: offset } = chain;
    chain = chain.plus(bytes);
    return { start, offset, bytes, signature: signInputPrefix(id, chain.prefix, key) };
  });
}
