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

/** Accepts connections until closed. */
export interface TransportListener {
  /** Its URL. In place of port 0 it has the port that the system chose. */
  readonly url: string;
  /** Stops accepting. Open connections stay open. */
  close(): Promise<void>;
}

/** One URL scheme. */
export interface Transport {
  /** The part before `://`, such as `tcp`. */
  readonly scheme: string;
  /** The framing on its streams. */
  readonly framing: Framing;
  /**
   * Checks that `address` is well formed and could be dialled.
   * @throws {AddressError} if not
   */
  check(address: string): void;
  /**
   * Connects to `address`, the part of the URL after `://`.
   * @throws {AddressError} if the address is malformed
   * @throws {TransportError} if the connection cannot be made
   */
  dial(address: string, signal: AbortSignal): Promise<ByteStream>;
  /**
   * Listens on `address` and passes each connection to `accept`.
   * @throws {AddressError} if the address is malformed
   * @throws {TransportError} if the system refuses
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
 * @throws {AddressError} if `url` has no `://`, or no transport has its scheme
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

/** Receives the bytes of a stream. Its functions must not throw. */
export interface ByteSink {
  /** Takes bytes, which belong to the sink. */
  data(chunk: Uint8Array): void;
  /** The stream has ended in both directions, with an error or without. Called once. */
  closed(error?: Error): void;
}

/** A connection. It reads nothing until a sink is attached and {@linkcode resume} is called. */
export interface ByteStream {
  /** The address of the peer, for people. */
  readonly remote: string;
  /** The network address of the other end; absent on transports within one machine. */
  readonly address?: string | undefined;
  /** The written bytes that the system does not have yet. */
  readonly queued: number;
  /** Passes everything to `sink` from now on, in place of an earlier sink. */
  attach(sink: ByteSink): void;
  /** Writes all of `parts`, now or when the system accepts them. They must not change. */
  write(...parts: readonly Uint8Array[]): void;
  /** Resolves when the system has all written bytes, or when the stream has ended. */
  flushed(): Promise<void>;
  /** Stops reading, so that the transport's flow control slows down the peer. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Ends the stream after the written bytes have been sent. */
  end(): void;
  /** Ends the stream at once and drops the queued bytes. */
  destroy(): void;
}
