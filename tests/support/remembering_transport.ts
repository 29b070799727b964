/**
 * A transport whose connections can be broken: it remembers those that were dialled.
 * @module
 */
import type { ByteStream } from "../../lib/sp/stream.ts";
import type { Transport } from "../../lib/sp/transport.ts";

/** Does what `transport` does, and adds every stream that it dials to `streams`. */
export function remembering(transport: Transport, streams: ByteStream[]): Transport {
  return {
    ...transport,
    async dial(address, signal) {
      const stream = await transport.dial(address, signal);
      streams.push(stream);
      return stream;
    },
  };
}
