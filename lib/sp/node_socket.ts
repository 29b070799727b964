/**
 * Dialling and listening with `node:net`, the part that tcp and ipc share.
 * @module
 */
import {
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
  Socket,
} from "node:net";
import { TransportError } from "./errors.ts";
import { nodeStream } from "./node_stream.ts";
import type { ByteStream } from "./stream.ts";

/** The listen queue of the kernel: an agent fleet comes back all at once. */
export const BACKLOG = 4_096;

/** How often a listener makes sure that it is awake, in milliseconds. */
const WAKE_MS = 1_000;

/** A place where connections are taken. */
export interface ListeningSocket {
  /** The port, or 0 for a path. */
  readonly port: number;
  /** Takes no more connections; those already made live on. */
  close(): void;
}

/**
 * Connects to `target`.
 * @throws {TransportError} if nobody answers there, or `signal` was aborted
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

/** Listens at `where` and hands each connection to `accept`, named by `nameOf`. */
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
  const timer = "port" in where ? setInterval(() => wake(server), WAKE_MS) : undefined;
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
 * Once a connection could not be taken for want of file descriptors, a listener of Deno 2.9 waits
 * for none any more, and tells nobody. Listening again on the socket that it has makes it look;
 * one that is awake is not disturbed. The listener of a path cannot be woken in this way.
 */
function wake(server: Server): void {
  const { _handle: handle } = server as Server & { _handle?: { listen?(backlog: number): number } };
  handle?.listen?.(BACKLOG);
}

/** The system's error, in words and with its code. */
export function transportError(action: string, error: unknown): TransportError {
  const code = systemCode(error);
  const reason = REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
  return new TransportError(`${action}: ${reason}`, code, { cause: error });
}

/** The system's code of an error, such as `EADDRINUSE`; empty when it has none. */
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
