/**
 * A transport that records its dialled streams, so that a test can break them.
 * @module
 */
import type { ByteStream, Transport } from "../../../lib/sp/wire/transport.ts";

/** Wraps `transport`, and adds every dialled stream to `streams`. */
export function recordingTransport(transport: Transport, streams: ByteStream[]): Transport {
  return {
    ...transport,
    async dial(address, signal) {
      const stream = await transport.dial(address, signal);
      streams.push(stream);
      return stream;
    },
  };
}
