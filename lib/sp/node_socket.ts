/**
 * Dialling and listening with `node:net`, the part that tcp and ipc share.
 * @module
 */
import {
  connect,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
} from "node:net";
import type { Socket } from "node:net";
import { TransportError } from "./errors.ts";
import { nodeStream } from "./node_stream.ts";
import type { ByteStream } from "./stream.ts";

/** The listen queue of the kernel: an agent fleet comes back all at once. */
export const BACKLOG = 4_096;

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
  const socket = connect(target);
  const abort = () => fail(new TransportError(`gave up dialling ${remote}`, "ABORTED"));
  const refuse = (error: Error) => fail(transportError(`cannot reach ${remote}`, error));
  socket.once("connect", () => {
    settle();
    resolve(nodeStream(socket, remote));
  });
  socket.once("error", refuse);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return promise;

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
): Promise<Server> {
  const server = createServer((socket) => accept(nodeStream(socket, nameOf(socket))));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ backlog: BACKLOG, ...where }, resolve);
  await promise;
  server.off("error", reject);
  // Running out of file descriptors must not end the program; the kernel's queue keeps the rest.
  server.on("error", () => {});
  return server;
}

/** Stops taking connections; those already made live on. */
export function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close();
  // The callback of close() would wait for all connections to end as well.
  resolve();
  return promise;
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
