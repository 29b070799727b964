/**
 * The listening side: accepts connections, runs their handshakes in the background, and gives the
 * pipes to patterns. One listener can serve several patterns on one port: it then reads the peer's
 * header first and answers with the role that fits.
 * @module
 */
import { closePipes, type EndpointOptions, openPipe } from "./endpoint.ts";
import { HandshakeError } from "../wire/errors.ts";
import { handshake } from "../wire/handshake.ts";
import type { Pipe } from "../wire/pipe.ts";
import {
  type ByteStream,
  resolveTransport,
  type Transport,
  type TransportListener,
} from "../wire/transport.ts";

/** Settings of a listener. */
export interface ListenOptions extends EndpointOptions {
  /** How many connections may be in the middle of their greeting; the oldest gives way. */
  readonly maxHandshakes?: number;
}

/** nanomsg waits one second for a header, so an answer must come before that. */
const HANDSHAKE_MS = 800;
const MAX_HANDSHAKES = 1_024;
const FLUSH_MS = 1_000;

/**
 * Listens on `url`.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if the system refuses, such as when the port is busy
 */
export async function listen(url: string, options: ListenOptions): Promise<Listener> {
  const { transport, address } = resolveTransport(url, options.transports);
  const listener = new Listener(transport, options);
  await listener.open(address);
  return listener;
}

/** A place that takes connections. Closing it closes the pipes that it made. */
export class Listener implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #options: ListenOptions;
  /** Handshakes under way, oldest first. */
  readonly #greeting = new Set<AbortController>();
  readonly #pipes = new Set<Pipe>();
  #listening: TransportListener | undefined;
  #closed = false;

  /** Use {@linkcode listen} instead. */
  constructor(transport: Transport, options: ListenOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** The URL that reaches this listener, with the port that the system chose in place of port 0. */
  get url(): string {
    return this.#listening?.url ?? "";
  }

  /** Begins to listen; part of {@linkcode listen}. */
  async open(address: string): Promise<void> {
    this.#listening = await this.#transport.listen(address, (stream) => this.#accept(stream));
  }

  /** Stops listening, then closes all pipes, giving what waits `flushMs` milliseconds to leave. */
  async close(flushMs: number = FLUSH_MS): Promise<void> {
    this.#closed = true;
    await this.#listening?.close();
    this.#greeting.forEach((greeting) => greeting.abort());
    await closePipes(this.#pipes, flushMs);
  }

  /** Closes with the usual time to flush. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(stream: ByteStream): void {
    if (this.#closed) return stream.destroy();
    const greeting = new AbortController();
    this.#makeRoom();
    this.#greeting.add(greeting);
    this.#greet(stream, greeting.signal)
      .catch((error) => this.#refuse(stream, error))
      .finally(() => this.#greeting.delete(greeting));
  }

  async #greet(stream: ByteStream, signal: AbortSignal): Promise<void> {
    const roles = this.#options.patterns.map((pattern) => pattern.role);
    const greeted = await handshake(stream, {
      roles,
      sendsFirst: roles.length === 1,
      timeoutMs: this.#options.handshakeMs ?? HANDSHAKE_MS,
      signal,
    });
    if (this.#closed) return stream.destroy();
    const pipe = openPipe(greeted, this.#transport, this.#options);
    this.#pipes.add(pipe);
    pipe.ended.then(() => this.#pipes.delete(pipe));
  }

  #refuse(stream: ByteStream, error: Error): void {
    stream.destroy();
    if (!this.#closed) this.#options.onEvent?.({ kind: "refused", remote: stream.remote, error });
  }

  /** Those who connect and stay silent must not keep out those who speak. */
  #makeRoom(): void {
    const [oldest] = this.#greeting;
    if (!oldest || this.#greeting.size < (this.#options.maxHandshakes ?? MAX_HANDSHAKES)) return;
    this.#greeting.delete(oldest);
    oldest.abort(new HandshakeError("too many others wait to be greeted"));
  }
}
