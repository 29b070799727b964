/**
 * Dials: connects, sends its header first, and gives the pipe to a pattern. A dialer redials with
 * backoff when a connection fails or ends. `dialOnce` makes a single connection, for callers with
 * their own retry rules.
 * @module
 */
import { fullJitter } from "../../base/backoff.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Pattern } from "../patterns/pattern.ts";
import { AddressError, HandshakeError, TransportError } from "../wire/errors.ts";
import { handshake } from "../wire/handshake.ts";
import type { Pipe } from "../wire/pipe.ts";
import { peerOf } from "../wire/protocol.ts";
import { type ResolvedTransport, resolveTransport } from "../wire/transport.ts";
import { type EndpointOptions, openPipe } from "./endpoint.ts";

/** Options of a dialer. Times in milliseconds. */
export interface DialOptions extends EndpointOptions {
  /** The longest wait before the first redial; doubles with each attempt. 500 by default. */
  readonly redialMs?: number;
  /** The longest wait; 60,000 by default. */
  readonly maxRedialMs?: number;
  /**
   * The longest wait while the machine is up but no program listens, and after a connection has
   * ended. An attempt costs little then, and a new hub should not wait long for its agents. By
   * default {@linkcode maxRedialMs}.
   */
  readonly refusedRedialMs?: number;
  /** After a connection of this length the backoff starts again; 30,000 by default. */
  readonly stableMs?: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** A source of numbers in [0, 1) for the jitter. */
  readonly random?: () => number;
}

const REDIAL_MS = 500;
const MAX_REDIAL_MS = 60_000;
const STABLE_MS = 30_000;
const HANDSHAKE_MS = 5_000;
const FLUSH_MS = 1_000;

/** No program listens: on tcp, and on ipc with and without a file that was left behind. */
const NO_LISTENER_CODES: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOENT", "ECONNRESET"]);
/** After a short connection the backoff starts again, but not with the shortest wait. */
const FAILURES_AFTER_SERVICE = 2;

/**
 * Keeps a connection to `url` until closed. Of several URLs it tries the next when one fails. The
 * first pattern is tried first; a listener that serves another of the patterns is dialled again at
 * once with that one.
 * @throws {AddressError} if a URL cannot be used, or the list is empty
 */
export function dial(url: string | readonly string[], options: DialOptions): Dialer {
  const places = [url].flat().map((each) => ({
    url: each,
    ...resolveTransport(each, options.transports),
  }));
  for (const { transport, address } of places) transport.check(address);
  const [first, ...others] = places;
  if (!first) throw new AddressError("", "no URL to dial");
  return new Dialer([first, ...others], options);
}

/** A URL that can be dialled. */
interface Destination extends ResolvedTransport {
  readonly url: string;
}

/** A connection that is made again when it ends. Closing it closes its pipe. */
export class Dialer implements AsyncDisposable {
  readonly #places: readonly [Destination, ...Destination[]];
  readonly #options: DialOptions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #pipe: Pipe | undefined;
  #attachedAt = 0;

  /** Use {@linkcode dial} instead. */
  constructor(places: readonly [Destination, ...Destination[]], options: DialOptions) {
    this.#places = places;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#done = this.#run();
  }

  /** Stops dialling and closes the pipe. Queued messages may be sent for up to `flushMs` milliseconds. */
  async close(flushMs: number = FLUSH_MS): Promise<void> {
    this.#stop.abort();
    await this.#pipe?.close(flushMs);
    await this.#done;
  }

  /** Closes with the default time to flush. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { stableMs = STABLE_MS } = this.#options;
    let failures = 0;
    let place = 0;
    while (!this.#stop.signal.aborted) {
      const current = this.#places[place % this.#places.length] ?? this.#places[0];
      const error = await this.#connect(current);
      if (error) place++;
      else if (this.#clock.monotonic() - this.#attachedAt >= stableMs) failures = 0;
      else failures = Math.min(failures, FAILURES_AFTER_SERVICE);
      await this.#wait(current, failures++, error);
    }
  }

  /** Connects and waits until the connection has ended. Returns the error if there was none. */
  async #connect(place: Destination): Promise<Error | undefined> {
    const [first] = this.#options.patterns;
    try {
      return await this.#serve(place, first);
    } catch (error) {
      const other = this.#patternFor(error);
      if (!other) return error as Error;
      return await this.#serve(place, other).catch((reason: Error) => reason);
    }
  }

  /** Returns the pattern that fits the role of a listener that did not fit. */
  #patternFor(error: unknown): Pattern | undefined {
    const peer = error instanceof HandshakeError ? error.peer : undefined;
    return this.#options.patterns.find((pattern) => peerOf(pattern.role) === peer);
  }

  async #serve(
    { transport, address }: Destination,
    pattern: Pattern | undefined,
  ): Promise<undefined> {
    if (!pattern) return;
    const stream = await transport.dial(address, this.#stop.signal);
    const greeted = await handshake(stream, {
      roles: [pattern.role],
      sendsFirst: true,
      timeoutMs: this.#options.handshakeMs ?? HANDSHAKE_MS,
      signal: this.#stop.signal,
    });
    this.#pipe = openPipe(greeted, transport, this.#options);
    this.#attachedAt = this.#clock.monotonic();
    if (this.#stop.signal.aborted) await this.#pipe.close();
    await this.#pipe.ended;
  }

  async #wait({ url }: Destination, failures: number, error: Error | undefined): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { redialMs = REDIAL_MS, random } = this.#options;
    const backoff = {
      baseMs: redialMs,
      maxMs: this.#longestWait(error),
      ...(random && { random }),
    };
    const delayMs = fullJitter(failures, backoff);
    this.#options.onEvent?.({ kind: "retrying", url, delayMs, error });
    await this.#clock.sleep(delayMs, this.#stop.signal).catch(() => {});
  }

  #longestWait(error: Error | undefined): number {
    const { maxRedialMs = MAX_REDIAL_MS, refusedRedialMs = maxRedialMs } = this.#options;
    if (!error) return refusedRedialMs;
    // A hub that is closing may accept a connection and drop it before its header.
    const dropped = error instanceof HandshakeError && error.peer === undefined;
    const refused = error instanceof TransportError && NO_LISTENER_CODES.has(error.code);
    return dropped || refused ? refusedRedialMs : maxRedialMs;
  }
}

/** Options of one connection. */
export interface DialOnceOptions extends Omit<EndpointOptions, "patterns"> {
  /** The pattern that gets the pipe. */
  readonly pattern: Pattern;
  /** Stops connecting when aborted; an open pipe stays open. */
  readonly signal: AbortSignal;
}

const SINGLE_HANDSHAKE_MS = 5_000;

/**
 * Connects to `url`.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if the connection cannot be made
 * @throws {HandshakeError} if the listener is not the pattern's peer
 */
export async function dialOnce(url: string, options: DialOnceOptions): Promise<Pipe> {
  const { transport, address } = resolveTransport(url, options.transports);
  const stream = await transport.dial(address, options.signal);
  const greeted = await handshake(stream, {
    roles: [options.pattern.role],
    sendsFirst: true,
    timeoutMs: options.handshakeMs ?? SINGLE_HANDSHAKE_MS,
    signal: options.signal,
  });
  return openPipe(greeted, transport, { ...options, patterns: [options.pattern] });
}
