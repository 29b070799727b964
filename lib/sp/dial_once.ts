/**
 * One connection, made once: for whoever decides for itself what follows when it fails or ends.
 * @module
 */
import { type EndpointOptions, openPipe } from "./endpoint.ts";
import { handshake } from "./handshake.ts";
import type { Pattern } from "./pattern.ts";
import type { Pipe } from "./pipe.ts";
import { locate } from "./transport.ts";

/** Settings of one connection. */
export interface DialOnceOptions extends Omit<EndpointOptions, "patterns"> {
  /** What the pipe is for. */
  readonly pattern: Pattern;
  /** Gives up when aborted; a pipe that was made goes on. */
  readonly signal: AbortSignal;
}

const HANDSHAKE_MS = 5_000;

/**
 * Connects to `url`.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if nobody answers there
 * @throws {HandshakeError} if whoever answers is not the pattern's peer
 */
export async function dialOnce(url: string, options: DialOnceOptions): Promise<Pipe> {
  const { transport, address } = locate(url, options.transports);
  const stream = await transport.dial(address, options.signal);
  const greeted = await handshake(stream, {
    roles: [options.pattern.role],
    speakFirst: true,
    timeoutMs: options.handshakeMs ?? HANDSHAKE_MS,
    signal: options.signal,
  });
  return openPipe(greeted, transport, { ...options, patterns: [options.pattern] });
}
