/**
 * The transport `ipc:///ABSOLUTE/PATH`: a unix stream socket. As in nanomsg and nng, a listener
 * replaces the socket file that a killed process left behind, but never one in use.
 * @module
 */
import { AddressError, TransportError } from "../wire/errors.ts";
import { dialSocket, listenSocket, transportError } from "./node_socket.ts";
import type { ByteStream, Transport, TransportListener } from "../wire/transport.ts";

/** The kernel's limit for the path of a unix socket, in bytes, less its final NUL. */
const MAX_PATH = 107;

/** SP over unix sockets. */
export const ipc: Transport = {
  scheme: "ipc",
  framing: "ipc",
  check: checkPath,
  // deno-lint-ignore require-await -- so that a malformed path rejects instead of throwing
  async dial(path: string, signal: AbortSignal): Promise<ByteStream> {
    checkPath(path);
    return dialSocket({ path }, `ipc://${path}`, signal);
  },
  async listen(path: string, accept: (stream: ByteStream) => void): Promise<TransportListener> {
    checkPath(path);
    try {
      await removeStale(path);
      const socket = await listenSocket({ path }, accept, () => `ipc://${path}`);
      return { url: `ipc://${path}`, close: () => Promise.resolve(socket.close()) };
    } catch (error) {
      throw transportError(`cannot listen on ipc://${path}`, error);
    }
  },
};

function checkPath(path: string): void {
  const url = `ipc://${path}`;
  if (!path.startsWith("/")) throw new AddressError(url, "the path must begin with a slash");
  if (path.includes("\0")) throw new AddressError(url, "the path has a NUL character");
  if (new TextEncoder().encode(path).length > MAX_PATH) {
    throw new AddressError(url, `the path is longer than ${MAX_PATH} bytes`);
  }
}

/** Removes a socket without a listener. Leaves files of other kinds alone. */
async function removeStale(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (!info?.isSocket) return;
  try {
    const stream = await dialSocket({ path }, path, AbortSignal.timeout(1_000));
    stream.destroy();
  } catch (error) {
    if (error instanceof TransportError && error.code === "ECONNREFUSED") await Deno.remove(path);
  }
}
