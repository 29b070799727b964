/**
 * The transport `tcp://HOST:PORT`. `HOST` is a name, an IPv4 address, an IPv6 address in
 * brackets, or, to listen on all addresses, `*`.
 * @module
 */
import type { AddressInfo, Server, Socket } from "node:net";
import { AddressError, TransportError } from "./errors.ts";
import {
  closeServer,
  dialSocket,
  listenSocket,
  systemCode,
  transportError,
} from "./node_socket.ts";
import type { ByteStream } from "./stream.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** A host and a port. Host `*` means every address. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** SP over TCP. */
export const tcp: Transport = {
  scheme: "tcp",
  framing: "tcp",
  check(address: string): void {
    dialPlace(address);
  },
  // deno-lint-ignore require-await -- so that a malformed address rejects instead of throwing
  async dial(address: string, signal: AbortSignal): Promise<ByteStream> {
    return dialSocket(dialPlace(address), `tcp://${address}`, signal);
  },
  async listen(
    address: string,
    accept: (stream: ByteStream) => void,
  ): Promise<TransportListener> {
    const place = parsePlace(address);
    try {
      const server = await bind(place, accept);
      return { url: urlOf(server, place), close: () => closeServer(server) };
    } catch (error) {
      throw listenError(address, error);
    }
  },
};

function dialPlace(address: string): Place {
  const place = parsePlace(address);
  if (place.host === "*") {
    throw new AddressError(`tcp://${address}`, `"*" can be listened on, but not dialled`);
  }
  if (place.port === 0) throw new AddressError(`tcp://${address}`, "port 0 cannot be dialled");
  return place;
}

function parsePlace(address: string): Place {
  const match = /^(\*|\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(address);
  const [, host, digits] = match ?? [];
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new AddressError(`tcp://${address}`, "it is not of the form tcp://HOST:PORT");
  }
  return { host: host.replace(/^\[|\]$/g, ""), port };
}

/** Binds to all addresses of both families where the machine has both. */
async function bind(place: Place, accept: (stream: ByteStream) => void): Promise<Server> {
  const { host, port } = place;
  if (host !== "*") return await listenSocket({ host, port }, accept, nameOf);
  try {
    return await listenSocket({ host: "::", port }, accept, nameOf);
  } catch (error) {
    if (!["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(systemCode(error))) throw error;
    return await listenSocket({ host: "0.0.0.0", port }, accept, nameOf);
  }
}

function nameOf(socket: Socket): string {
  const host = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "?";
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${socket.remotePort ?? 0}`;
}

function urlOf(server: Server, place: Place): string {
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  return `tcp://${host}:${(server.address() as AddressInfo).port}`;
}

function listenError(address: string, error: unknown): TransportError {
  return transportError(`cannot listen on tcp://${address}`, error);
}
