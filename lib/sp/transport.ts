/**
 * What a transport is: a way to make byte streams from a URL. A transport dials and listens,
 * nothing else; handshake, framing and patterns are the same above all of them.
 * @module
 */
import { AddressError } from "./errors.ts";
import type { Framing } from "./framing.ts";
import type { ByteStream } from "./stream.ts";

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
export interface Located {
  /** The transport of the scheme. */
  readonly transport: Transport;
  /** The part of the URL after `://`. */
  readonly address: string;
}

/**
 * Finds the transport of `url` among `transports`.
 * @throws {AddressError} if there is no `://` or none of the transports has that scheme
 */
export function locate(url: string, transports: readonly Transport[]): Located {
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
