/**
 * The contract of a transport: it dials and listens, and makes two-way byte streams. Handshake,
 * framing and patterns are the same above all transports.
 *
 * A stream pushes bytes to a sink instead of being read, so that ten thousand idle connections cost
 * no pending reads.
 * @module
 */
import { AddressError } from "./errors.ts";
import type { Framing } from "./framing.ts";

/** A place that takes connections, until closed. */
export interface TransportListener {
  /** The URL that reaches it, with the port that the system chose in place of port 0. */
  readonly url: string;
  /** Takes no more connections. Those it made live on. */
  close(): Promise<void>;
}

/** One URL scheme. */
export interface Transport {
  /** The part before `://`, such as `tcp`. */
  readonly scheme: string;
  /** How its streams frame messages. */
  readonly framing: Framing;
  /**
   * Checks that `address` is well formed and could be dialled.
   * @throws {AddressError} if not
   */
  check(address: string): void;
  /**
   * Connects to `address`, the part of the URL after `://`.
   * @throws {AddressError} if the address is malformed
   * @throws {TransportError} if nobody answers there
   */
  dial(address: string, signal: AbortSignal): Promise<ByteStream>;
  /**
   * Listens on `address` and hands each connection to `accept`.
   * @throws {AddressError} if the address is malformed
   * @throws {TransportError} if it cannot be listened on
   */
  listen(address: string, accept: (stream: ByteStream) => void): Promise<TransportListener>;
}

/** A URL and the transport that serves its scheme. */
export interface ResolvedTransport {
  /** The transport of the scheme. */
  readonly transport: Transport;
  /** The part of the URL after `://`. */
  readonly address: string;
}

/**
 * Finds the transport of `url` among `transports`.
 * @throws {AddressError} if there is no `://` or none of the transports has that scheme
 */
export function resolveTransport(url: string, transports: readonly Transport[]): ResolvedTransport {
  const end = url.indexOf("://");
  if (end < 0) throw new AddressError(url, `it has no "://", as in tcp://master.example.com:4444`);
  const scheme = url.slice(0, end);
  const transport = transports.find((candidate) => candidate.scheme === scheme);
  if (!transport) {
    const known = transports.map((candidate) => `${candidate.scheme}://`).join(", ");
    throw new AddressError(url, `"${scheme}" is not one of ${known}`);
  }
  return { transport, address: url.slice(end + 3) };
}

/** Receives what a stream has to say. Its functions must not throw. */
export interface ByteSink {
  /** Bytes have come. They belong to the sink. */
  data(chunk: Uint8Array): void;
  /** The stream is over, in both directions. Called once; `error` is why, if it did not just end. */
  closed(error?: Error): void;
}

/** A live connection. It reads nothing until a sink is attached and {@linkcode resume} is called. */
export interface ByteStream {
  /** Who is at the other end, for people to read. */
  readonly remote: string;
  /** Bytes that were written here but have not yet left for the system. */
  readonly queued: number;
  /** Sends everything to `sink` from now on; replaces the sink before it. */
  attach(sink: ByteSink): void;
  /** Writes all of `parts`, now or as soon as the system takes them. They must not change. */
  write(...parts: readonly Uint8Array[]): void;
  /** Resolves when all that was written has left for the system, or when the stream is over. */
  flushed(): Promise<void>;
  /** Stops reading: the other side is slowed down by the transport's own flow control. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Says that nothing more will be written: what waits still leaves, then the stream ends. */
  end(): void;
  /** Ends the stream at once and forgets what waits. */
  destroy(): void;
}
