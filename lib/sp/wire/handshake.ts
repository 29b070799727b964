/**
 * The SP handshake on a new stream: each side sends one header and checks the other's, within a
 * deadline. It is the same for all transports.
 *
 * A header is 8 bytes: `00 53 50 00`, the sender's protocol number as 16 bits big-endian, `00 00`
 * (sp-tcp-mapping, section 2). It is checked byte by byte as it arrives.
 * @module
 */
import { concat } from "../../base/bytes.ts";
import { HandshakeError } from "./errors.ts";
import { peerOf, PROTOCOL, protocolName, type Role } from "./protocol.ts";
import type { ByteStream } from "./transport.ts";

/** Options of a handshake. */
export interface HandshakeOptions {
  /** The roles that this side offers. */
  readonly roles: readonly Role[];
  /**
   * True to send the header of the only role at once, as a dialer must. False to read the peer's
   * header first and answer with the one of {@linkcode roles} that fits.
   */
  readonly sendsFirst: boolean;
  /** How long the peer may take for its whole header from now on, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the handshake when aborted; it rejects with the reason. */
  readonly signal?: AbortSignal;
}

/** A stream after its handshake. */
export interface HandshakeResult {
  /** The stream, paused. */
  readonly stream: ByteStream;
  /** The role of this side. */
  readonly role: Role;
  /** The received bytes after the peer's header. */
  readonly rest: Uint8Array;
}

/**
 * Exchanges headers on `stream`. Resolves with the stream paused; the stream is destroyed when the
 * promise rejects.
 * @throws {HandshakeError} if the peer is late, hangs up, sends no SP header, or has a role that fits
 * none of `roles`
 */
export function handshake(stream: ByteStream, options: HandshakeOptions): Promise<HandshakeResult> {
  const { promise, resolve, reject } = Promise.withResolvers<HandshakeResult>();
  // After a busy moment overdue timers fire before a header that has arrived is read. So the deadline
  // waits one more turn.
  let timer = setTimeout(() => timer = setTimeout(late, 0), options.timeoutMs);
  const aborted = () => fail(options.signal?.reason);
  let received: Uint8Array = new Uint8Array();
  options.signal?.addEventListener("abort", aborted);
  stream.attach({ data, closed });
  if (options.signal?.aborted) aborted();
  else begin();
  return promise;

  function begin(): void {
    if (options.sendsFirst) {
      options.roles.forEach((role) => stream.write(encodeHeader(PROTOCOL[role])));
    }
    stream.resume();
  }

  function data(chunk: Uint8Array): void {
    received = concat([received, chunk]);
    try {
      const peer = decodeHeader(received);
      if (peer !== undefined) agree(peer);
    } catch (error) {
      fail(error);
    }
  }

  function agree(peer: number): void {
    const role = chooseRole(options.roles, peer);
    settle();
    stream.pause();
    if (!options.sendsFirst) stream.write(encodeHeader(PROTOCOL[role]));
    resolve({ stream, role, rest: received.subarray(HEADER_LENGTH) });
  }

  function closed(cause?: Error): void {
    const what = cause ? "the connection failed" : "the peer hung up";
    const why = cause ? `: ${cause.message}` : "";
    fail(new HandshakeError(`${what} before the peer's SP header${why}`, { cause }));
  }

  function late(): void {
    fail(new HandshakeError(`no SP header within ${options.timeoutMs} ms`));
  }

  function fail(error: unknown): void {
    settle();
    stream.destroy();
    reject(error);
  }

  function settle(): void {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", aborted);
  }
}

function chooseRole(roles: readonly Role[], peer: number): Role {
  const role = roles.find((candidate) => peerOf(candidate) === peer);
  if (role) return role;
  const ours = roles.map((candidate) => protocolName(PROTOCOL[candidate])).join(" or ");
  throw new HandshakeError(
    `the peer is ${protocolName(peer)}, which ${ours} does not talk with`,
    { peer },
  );
}

/** The length of a header, in bytes. */
export const HEADER_LENGTH = 8;

const HEADER_PREFIX: readonly number[] = [0x00, 0x53, 0x50, 0x00];

/** Returns the header of a sender with the protocol id `protocol`. */
export function encodeHeader(protocol: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...HEADER_PREFIX, protocol >> 8, protocol & 0xff, 0, 0]);
}

/**
 * Reads the sender's protocol id from the first 8 of `bytes`.
 * @returns the id, or `undefined` if more bytes are needed
 * @throws {HandshakeError} at the first byte that no SP peer of version 0 sends
 */
export function decodeHeader(bytes: Uint8Array): number | undefined {
  if (!HEADER_PREFIX.every((byte, index) => index >= bytes.length || bytes[index] === byte)) {
    throw new HandshakeError("the peer does not speak SP version 0");
  }
  const [high, low, ...reserved] = bytes.subarray(4, HEADER_LENGTH);
  if (reserved.some((byte) => byte !== 0)) {
    throw new HandshakeError("the peer's header has reserved bytes that are not zero");
  }
  if (high === undefined || low === undefined || reserved.length < 2) return undefined;
  return (high << 8) | low;
}
