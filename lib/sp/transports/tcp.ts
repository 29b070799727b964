/**
 * The transport `tcp://HOST:PORT`. `HOST` is a name, an IPv4 address, an IPv6 address in brackets,
 * or `*` to listen on all addresses.
 * @module
 */
import { lookup } from "node:dns/promises";
import type { Socket } from "node:net";
import { AddressError } from "../wire/errors.ts";
import {
  dialSocket,
  type ListeningSocket,
  listenSocket,
  systemCode,
  transportError,
} from "./node_socket.ts";
import type { ByteStream, Transport, TransportListener } from "../wire/transport.ts";

/** A host and a port. Host `*` means every address. */
interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** SP over TCP. */
export const tcp: Transport = {
  scheme: "tcp",
  framing: "tcp",
  check(address: string): void {
    parseDialAddress(address);
  },
  // deno-lint-ignore require-await -- so that a malformed address rejects instead of throwing
  async dial(address: string, signal: AbortSignal): Promise<ByteStream> {
    return dialSocket(parseDialAddress(address), `tcp://${address}`, signal);
  },
  async listen(
    address: string,
    accept: (stream: ByteStream) => void,
  ): Promise<TransportListener> {
    const place = parseHostPort(address);
    try {
      const socket = await bind(place, accept);
      return { url: listenUrl(place, socket.port), close: () => Promise.resolve(socket.close()) };
    } catch (error) {
      throw transportError(`cannot listen on tcp://${address}`, error);
    }
  },
};

function parseDialAddress(address: string): HostPort {
  const place = parseHostPort(address);
  if (place.host === "*") {
    throw new AddressError(`tcp://${address}`, `cannot dial "*", only listen on it`);
  }
  if (place.port === 0) throw new AddressError(`tcp://${address}`, "port 0 cannot be dialled");
  return place;
}

function parseHostPort(address: string): HostPort {
  const match = /^(\*|\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(address);
  const [, host, digits] = match ?? [];
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new AddressError(`tcp://${address}`, "expected tcp://HOST:PORT");
  }
  return { host: host.replace(/^\[|\]$/g, ""), port };
}

type AcceptStream = (stream: ByteStream) => void;

/** Binds to all addresses, of both families if the machine has both. */
async function bind({ host, port }: HostPort, accept: AcceptStream): Promise<ListeningSocket> {
  if (host !== "*") return await bindTo((await lookup(host)).address, port, accept);
  try {
    return await bindTo("::", port, accept);
  } catch (error) {
    if (!["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(systemCode(error))) throw error;
    return await bindTo("0.0.0.0", port, accept);
  }
}

/** Asks for the permission first, because `node:net` throws where the error cannot be caught. */
async function bindTo(host: string, port: number, accept: AcceptStream): Promise<ListeningSocket> {
  const place = `${bracketHost(host)}:${port}`;
  const { state } = await Deno.permissions.request({ name: "net", host: place });
  if (state !== "granted") {
    throw new Deno.errors.NotCapable(`it needs the permission --allow-net=${place}`);
  }
  return await listenSocket({ host, port }, accept, remoteUrl);
}

function remoteUrl(socket: Socket): string {
  const host = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "?";
  return `tcp://${bracketHost(host)}:${socket.remotePort ?? 0}`;
}

function listenUrl({ host }: HostPort, port: number): string {
  return `tcp://${bracketHost(host)}:${port}`;
}

function bracketHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
