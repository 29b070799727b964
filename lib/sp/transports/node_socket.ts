/**
 * Sockets of `node:net` for tcp and ipc: dialling, listening, and the byte stream over a socket.
 *
 * A `node:net` write reaches the kernel within the call, while Deno's own `Conn.write` ends in a
 * later turn; this halves the time of a broadcast to thousands of peers. TLS sockets of `node:tls`
 * have the same shape.
 * @module
 */
import type { Buffer } from "node:buffer";
import {
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
  Socket,
} from "node:net";
import { messageOf } from "../../base/errors.ts";
import { TransportError } from "../wire/errors.ts";
import type { ByteSink, ByteStream } from "../wire/transport.ts";

/** The length of the kernel's listen queue: all agents of a fleet reconnect at once. */
export const BACKLOG = 4_096;

/** How often a listener is woken, in milliseconds. */
const WAKE_MS = 1_000;

/** A listening socket. */
export interface ListeningSocket {
  /** The port, or 0 for a path. */
  readonly port: number;
  /** Stops accepting. Open connections stay open. */
  close(): void;
}

/**
 * Connects to `target`.
 * @throws {TransportError} if the connection cannot be made, or `signal` was aborted
 */
export function dialSocket(
  target: NetConnectOpts,
  remote: string,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>();
  const socket = new Socket();
  const abort = () => fail(new TransportError(`gave up dialling ${remote}`, "ABORTED"));
  const refuse = (error: unknown) => fail(transportError(`cannot reach ${remote}`, error));
  socket.once("connect", () => {
    settle();
    resolve(nodeStream(socket, remote));
  });
  socket.once("error", refuse);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  else connect();
  return promise;

  function connect(): void {
    try {
      socket.connect(target);
    } catch (error) {
      refuse(error); // without permission it throws
    }
  }

  function fail(error: TransportError): void {
    settle();
    socket.on("error", () => {});
    socket.destroy();
    reject(error);
  }

  function settle(): void {
    socket.off("error", refuse);
    signal.removeEventListener("abort", abort);
  }
}

/** Listens at `where` and passes each connection to `accept`, named by `nameOf`. */
export async function listenSocket(
  where: ListenOptions,
  accept: (stream: ByteStream) => void,
  nameOf: (socket: Socket) => string,
): Promise<ListeningSocket> {
  const server = createServer((socket) => accept(nodeStream(socket, nameOf(socket))));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ backlog: BACKLOG, ...where }, resolve);
  await promise;
  server.off("error", reject);
  server.on("error", () => {});
  const timer = "port" in where ? setInterval(() => wakeListener(server), WAKE_MS) : undefined;
  const address = server.address();
  return {
    port: typeof address === "object" ? address?.port ?? 0 : 0,
    close(): void {
      clearInterval(timer);
      server.close();
    },
  };
}

/**
 * Wakes a listener. When file descriptors run out, a listener of Deno 2.9 stops accepting without an
 * error. Listening again on its socket makes it accept again and does not disturb a working
 * listener. The listener of a path cannot be woken in this way.
 */
function wakeListener(server: Server): void {
  const { _handle: handle } = server as Server & { _handle?: { listen?(backlog: number): number } };
  handle?.listen?.(BACKLOG);
}

/** Returns an error with the system's reason in words, and its code. */
export function transportError(action: string, error: unknown): TransportError {
  const code = systemCode(error);
  const reason = REASONS.get(code) ?? (messageOf(error));
  return new TransportError(`${action}: ${reason}`, code, { cause: error });
}

/** Returns the system's code of an error, such as `EADDRINUSE`; empty if there is none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "the address is in use"],
  ["EADDRNOTAVAIL", "the address does not belong to this machine"],
  ["EINVAL", "the address does not belong to this machine"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENETUNREACH", "network unreachable"],
  ["ENOENT", "no such file or directory"],
  ["ENOTFOUND", "host name not found"],
  ["EAI_AGAIN", "host name not found"],
  ["ETIMEDOUT", "timed out"],
  ["EMFILE", "too many open files"],
]);

const KEEP_ALIVE_MS = 15_000;

/** Makes a stream of a connected `socket` and owns it from now on. */
export function nodeStream(socket: Socket, remote: string): ByteStream {
  return new NodeStream(socket, remote);
}

class NodeStream implements ByteStream {
  readonly remote: string;
  readonly address: string | undefined;
  readonly #socket: Socket;
  #sink: ByteSink | undefined;
  #over = false;
  #error: Error | undefined;

  constructor(socket: Socket, remote: string) {
    this.remote = remote;
    this.#socket = socket;
    this.address = socket.remoteAddress?.replace(/^::ffff:/, "");
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("data", (chunk: Buffer) => this.#sink?.data(plainBytes(chunk)));
    socket.on("error", (error: Error) => this.#error = error);
    socket.on("close", () => {
      this.#over = true;
      this.#sink?.closed(this.#error);
    });
    socket.pause();
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    if (this.#over) sink.closed(this.#error);
  }

  write(...parts: readonly Uint8Array[]): void {
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
  }

  flushed(): Promise<void> {
    if (this.queued === 0 || this.#socket.destroyed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    // The callback of a write comes after all earlier bytes, and on errors. "drain" comes only after a
    // backlog above the high-water mark. A write after end() would be an error.
    if (this.#socket.writableEnded) this.#socket.end(() => resolve());
    else this.#socket.write(new Uint8Array(), () => resolve());
    return promise;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Returns a plain array: some methods of Node's `Buffer` differ from those of `Uint8Array`. */
function plainBytes(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
