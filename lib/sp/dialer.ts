/**
 * The dialling side: connects, greets first, hands the pipe to a pattern, and dials again for
 * ever when the connection is lost or cannot be made.
 * @module
 */
import { fullJitter } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { type EndpointOptions, openPipe } from "./endpoint.ts";
import { HandshakeError } from "./errors.ts";
import { handshake } from "./handshake.ts";
import type { Pattern } from "./pattern.ts";
import type { Pipe } from "./pipe.ts";
import { peerOf } from "./protocol.ts";
import { locate, type Located } from "./transport.ts";

/** Settings of a dialler. Times in milliseconds. */
export interface DialOptions extends EndpointOptions {
  /** Upper bound of the wait before the first redial; it doubles from try to try. */
  readonly redialMs?: number;
  /** Upper bound of every wait. */
  readonly maxRedialMs?: number;
  /** A connection that has lasted this long was good: the waits begin anew after it. */
  readonly stableMs?: number;
  /** Where time comes from. */
  readonly clock?: Clock;
  /** A source of numbers in [0, 1) for the jitter. */
  readonly random?: () => number;
}

const REDIAL_MS = 500;
const MAX_REDIAL_MS = 60_000;
const STABLE_MS = 30_000;
const HANDSHAKE_MS = 5_000;
const FLUSH_MS = 1_000;

/**
 * Keeps a connection to `url` until closed. With several patterns the first is tried first; a
 * listener that turns out to serve another of them is dialled again as that one at once.
 *
 * @throws {AddressError} if the URL cannot be used
 */
export function dial(url: string, options: DialOptions): Dialer {
  const located = locate(url, options.transports);
  located.transport.check(located.address);
  return new Dialer(url, located, options);
}

/** A connection that comes back. Closing it closes its pipe. */
export class Dialer implements AsyncDisposable {
  readonly #url: string;
  readonly #located: Located;
  readonly #options: DialOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #pipe: Pipe | undefined;

  /** Use {@linkcode dial} instead. */
  constructor(url: string, located: Located, options: DialOptions) {
    this.#url = url;
    this.#located = located;
    this.#options = options;
    this.#done = this.#run();
  }

  /** Stops dialling and closes the pipe, giving what waits `flushMs` milliseconds to leave. */
  async close(flushMs: number = FLUSH_MS): Promise<void> {
    this.#stop.abort();
    await this.#pipe?.close(flushMs);
    await this.#done;
  }

  /** Closes with the usual time to flush. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { clock = systemClock, stableMs = STABLE_MS } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const began = clock.monotonic();
      const error = await this.#connect();
      if (clock.monotonic() - began >= stableMs) failures = 0;
      await this.#wait(failures++, clock, error);
    }
  }

  /** Connects and stays until the connection is over. Returns why there was none, if so. */
  async #connect(): Promise<Error | undefined> {
    const [first] = this.#options.patterns;
    try {
      return await this.#serve(first);
    } catch (error) {
      const other = this.#patternFor(error);
      if (!other) return error as Error;
      return await this.#serve(other).catch((reason: Error) => reason);
    }
  }

  /** The pattern that talks with the role that a refused listener has shown. */
  #patternFor(error: unknown): Pattern | undefined {
    const peer = error instanceof HandshakeError ? error.peer : undefined;
    return this.#options.patterns.find((pattern) => peerOf(pattern.role) === peer);
  }

  async #serve(pattern: Pattern | undefined): Promise<undefined> {
    if (!pattern) return;
    const { transport, address } = this.#located;
    const stream = await transport.dial(address, this.#stop.signal);
    const greeted = await handshake(stream, {
      roles: [pattern.role],
      speakFirst: true,
      timeoutMs: this.#options.handshakeMs ?? HANDSHAKE_MS,
      signal: this.#stop.signal,
    });
    this.#pipe = openPipe(greeted, transport, this.#options);
    if (this.#stop.signal.aborted) await this.#pipe.close();
    await this.#pipe.ended;
  }

  async #wait(failures: number, clock: Clock, error: Error | undefined): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { redialMs = REDIAL_MS, maxRedialMs = MAX_REDIAL_MS, random } = this.#options;
    const backoff = { baseMs: redialMs, maxMs: maxRedialMs, ...(random && { random }) };
    const delayMs = fullJitter(failures, backoff);
    this.#options.onEvent?.({ kind: "retrying", url: this.#url, delayMs, error });
    await clock.sleep(delayMs, this.#stop.signal).catch(() => {});
  }
}
