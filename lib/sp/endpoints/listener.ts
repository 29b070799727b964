/**
 * Listens: accepts connections, runs their handshakes in the background, and gives the pipes to
 * patterns. One listener can serve several patterns on one port: it then reads the peer's header
 * first and answers with the role that fits.
 * @module
 */
import { closePipes, type EndpointOptions, openPipe } from "./endpoint.ts";
import { FrameError, HandshakeError } from "../wire/errors.ts";
import { handshake } from "../wire/handshake.ts";
import type { Pipe } from "../wire/pipe.ts";
import type { Role } from "../wire/protocol.ts";
import { FairSet, networkOf } from "./fair_set.ts";
import type { Connection, PeerBudget } from "./peer_budget.ts";
import {
  type ByteStream,
  resolveTransport,
  type Transport,
  type TransportListener,
} from "../wire/transport.ts";

/** Options of a listener. */
export interface ListenOptions extends EndpointOptions {
  /**
   * The most concurrent handshakes. Beyond it the oldest one of the address with the most gives way.
   */
  readonly maxHandshakes?: number;
  /** The budget of all connections of the process; without one, connections are not limited. */
  readonly budget?: PeerBudget | undefined;
  /** The roles of this side whose peers need not authenticate; none by default. */
  readonly openRoles?: readonly Role[];
}

/** nanomsg waits one second for a header, so an answer must come before that. */
const HANDSHAKE_MS = 800;
const MAX_HANDSHAKES = 1_024;
const FLUSH_MS = 1_000;
const TOO_MANY = "too many connections";

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

/** How a connection ends whose place another one needs: its handshake at first, then its pipe. */
interface EndingWay {
  end(error: Error): void;
}

/** Accepts connections. Closing it closes its pipes. */
export class Listener implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #options: ListenOptions;
  /** The handshakes under way. */
  readonly #greeting = new FairSet<AbortController>();
  readonly #pipes = new Set<Pipe>();
  #listening: TransportListener | undefined;
  #closed = false;

  /** Use {@linkcode listen} instead. */
  constructor(transport: Transport, options: ListenOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** The URL of this listener. In place of port 0 it has the port that the system chose. */
  get url(): string {
    return this.#listening?.url ?? "";
  }

  /** Starts to listen; part of {@linkcode listen}. */
  async open(address: string): Promise<void> {
    this.#listening = await this.#transport.listen(address, (stream) => this.#accept(stream));
  }

  /** Stops listening and closes all pipes. Queued messages may be sent for `flushMs` milliseconds. */
  async close(flushMs: number = FLUSH_MS): Promise<void> {
    this.#closed = true;
    await this.#listening?.close();
    this.#greeting.all().forEach((greeting) => greeting.abort());
    await closePipes(this.#pipes, flushMs);
  }

  /** Closes with the default time to flush. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(stream: ByteStream): void {
    if (this.#closed) return stream.destroy();
    const { budget } = this.#options;
    const network = stream.address === undefined ? undefined : networkOf(stream.address);
    const greeting = new AbortController();
    const way: EndingWay = { end: (error) => greeting.abort(error) };
    const connection = budget?.admit(network, (error) => way.end(error));
    if (budget && !connection) return this.#refuse(stream, new HandshakeError(TOO_MANY));
    this.#makeRoom();
    this.#greeting.add(network ?? "", greeting);
    this.#greet(stream, { signal: greeting.signal, connection, way })
      .catch((error) => {
        connection?.[Symbol.dispose]();
        this.#refuse(stream, error);
      })
      .finally(() => this.#greeting.delete(network ?? "", greeting));
  }

  async #greet(
    stream: ByteStream,
    { signal, connection, way }: {
      readonly signal: AbortSignal;
      readonly connection: Connection | undefined;
      readonly way: EndingWay;
    },
  ): Promise<void> {
    const { patterns, openRoles, handshakeMs } = this.#options;
    const roles = patterns.map((pattern) => pattern.role);
    const greeted = await handshake(stream, {
      roles,
      sendsFirst: roles.length === 1,
      timeoutMs: handshakeMs ?? HANDSHAKE_MS,
      signal,
    });
    signal.throwIfAborted();
    if (this.#closed) throw new HandshakeError("the listener was closed");
    if (openRoles?.includes(greeted.role) && connection?.authenticate(false) === false) {
      throw new HandshakeError(TOO_MANY);
    }
    const guard = connection?.isLimited ? connection : undefined;
    const pipe = openPipe(greeted, this.#transport, this.#options, guard);
    this.#pipes.add(pipe);
    way.end = (error) => this.#end(pipe, error);
    pipe.ended.then((end) => {
      connection?.[Symbol.dispose]();
      this.#pipes.delete(pipe);
      if (end.kind === "failed" && end.error instanceof FrameError && guard?.isUnauthenticated) {
        this.#options.onEvent?.({ kind: "refused", remote: pipe.remote, error: end.error });
      }
    });
    // What came with the header may have been too much already.
    if (connection?.isOver) way.end(new HandshakeError(TOO_MANY));
  }

  /** Ends a pipe that has to give way to others. */
  #end(pipe: Pipe, error: Error): void {
    this.#options.onEvent?.({ kind: "refused", remote: pipe.remote, error });
    pipe.fail(new HandshakeError(error.message));
  }

  #refuse(stream: ByteStream, error: Error): void {
    stream.destroy();
    if (!this.#closed) this.#options.onEvent?.({ kind: "refused", remote: stream.remote, error });
  }

  /** Peers that connect and stay silent must not keep out those who speak. */
  #makeRoom(): void {
    if (this.#greeting.size < (this.#options.maxHandshakes ?? MAX_HANDSHAKES)) return;
    const [oldest] = this.#greeting.ofLargest();
    oldest?.abort(new HandshakeError("too many others wait to be greeted"));
  }
}
