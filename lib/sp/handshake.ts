/**
 * The greeting of two SP peers on a fresh stream, the same for all transports: one header each
 * way, within a deadline, checked byte by byte as it comes.
 * @module
 */
import { concat } from "../base/bytes.ts";
import { HandshakeError } from "./errors.ts";
import { decodeHeader, encodeHeader, HEADER_LENGTH } from "./header.ts";
import { peerOf, PROTOCOL, protocolName, type Role } from "./protocol.ts";
import type { ByteStream } from "./stream.ts";

/** How to greet. */
export interface HandshakeOptions {
  /** The roles that this side offers. */
  readonly roles: readonly Role[];
  /**
   * True to send the header of the only role at once, as a dialler must. False to read the
   * peer's header first and answer with whichever of {@linkcode roles} fits it.
   */
  readonly speakFirst: boolean;
  /** Milliseconds, counted from now, until the peer's whole header must be here. */
  readonly timeoutMs: number;
  /** Gives up when aborted, with its reason. */
  readonly signal?: AbortSignal;
}

/** A stream whose two ends have agreed. */
export interface Greeted {
  /** The stream, paused. */
  readonly stream: ByteStream;
  /** The role that this side plays on it. */
  readonly role: Role;
  /** Bytes that came behind the peer's header. */
  readonly rest: Uint8Array;
}

/**
 * Exchanges headers on `stream`. The stream is paused when this resolves, and destroyed when it
 * rejects.
 *
 * @throws {HandshakeError} if the peer is late, ends, sends no SP header, or plays a role that
 * none of ours talks with
 */
export function handshake(stream: ByteStream, options: HandshakeOptions): Promise<Greeted> {
  const { promise, resolve, reject } = Promise.withResolvers<Greeted>();
  // A header that came while this process was busy is read only after overdue timers have fired, so
  // the deadline leaves it one more turn.
  let timer = setTimeout(() => timer = setTimeout(late, 0), options.timeoutMs);
  const aborted = () => fail(options.signal?.reason);
  let received: Uint8Array = new Uint8Array();
  options.signal?.addEventListener("abort", aborted);
  stream.attach({ data, closed });
  if (options.signal?.aborted) aborted();
  else begin();
  return promise;

  function begin(): void {
    if (options.speakFirst) {
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
    if (!options.speakFirst) stream.write(encodeHeader(PROTOCOL[role]));
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
