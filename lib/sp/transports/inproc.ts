/**
 * The transport `inproc://NAME`: byte streams within one process. It is part of the public wire; in
 * this repository tests and simulated agents use it.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { AddressError, TransportError } from "../wire/errors.ts";
import type { ByteSink, ByteStream, Transport, TransportListener } from "../wire/transport.ts";

/**
 * Makes a transport with its own names. Bytes arrive in a later microtask, and a paused end keeps
 * them.
 */
export function inproc(): Transport {
  const listeners = new Map<string, (stream: ByteStream) => void>();
  return {
    scheme: "inproc",
    framing: "tcp",
    check: checkName,
    // deno-lint-ignore require-await -- the contract is asynchronous
    async dial(name: string, signal: AbortSignal): Promise<ByteStream> {
      checkName(name);
      if (signal.aborted) throw new TransportError(`gave up dialling inproc://${name}`, "ABORTED");
      const accept = listeners.get(name);
      if (!accept) {
        throw new TransportError(`cannot reach inproc://${name}: no listener`, "ECONNREFUSED");
      }
      const [near, far] = streamPair(`inproc://${name}`);
      accept(far);
      return near;
    },
    // deno-lint-ignore require-await -- the contract is asynchronous
    async listen(name: string, accept: (stream: ByteStream) => void): Promise<TransportListener> {
      checkName(name);
      if (listeners.has(name)) {
        const problem = `cannot listen on inproc://${name}: the address is in use`;
        throw new TransportError(problem, "EADDRINUSE");
      }
      listeners.set(name, accept);
      const close = () => Promise.resolve(void listeners.delete(name));
      return { url: `inproc://${name}`, close };
    },
  };
}

function checkName(name: string): void {
  if (name === "") throw new AddressError("inproc://", "the name is empty");
}

/** Returns the two ends of a connection. */
export function streamPair(remote: string): [ByteStream, ByteStream] {
  const near = new InprocStream(remote);
  const far = new InprocStream(remote);
  near.peer = far;
  far.peer = near;
  return [near, far];
}

class InprocStream implements ByteStream {
  readonly remote: string;
  peer: InprocStream | undefined;
  #sink: ByteSink | undefined;
  #reading = false;
  #incoming: Uint8Array[] = [];
  /** The number of bytes in `#incoming`. */
  #waiting = 0;
  readonly #emptied = new Notifier();
  #scheduled = false;
  /** Whether this end writes no more. */
  #ended = false;
  /** Whether the other end writes no more. */
  #peerEnded = false;
  #over = false;
  #told = false;

  constructor(remote: string) {
    this.remote = remote;
  }

  get queued(): number {
    return this.peer?.waiting ?? 0;
  }

  /** The number of received bytes that were not read yet. */
  get waiting(): number {
    return this.#waiting;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    if (this.#told) sink.closed();
    else this.#schedule();
  }

  write(...parts: readonly Uint8Array[]): void {
    if (this.#over || this.#ended) return;
    // What is read is a plain array on every transport, also when a `Buffer` was written.
    for (const { buffer, byteOffset, length } of parts) {
      this.peer?.receive(new Uint8Array(buffer, byteOffset, length));
    }
  }

  async flushed(): Promise<void> {
    while (!this.#over && this.queued > 0) await this.peer?.emptied();
  }

  /** Resolves when all bytes are read, or the other end has ended. */
  emptied(): Promise<void> {
    return this.#emptied.wait();
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    this.#schedule();
  }

  end(): void {
    this.#ended = true;
    this.peer?.finish();
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#incoming = [];
    this.#waiting = 0;
    this.#schedule();
    this.peer?.finish();
  }

  /** Takes bytes from the other end. */
  receive(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#incoming.push(new Uint8Array(bytes)); // the same bytes may go to many
    this.#waiting += bytes.length;
    this.#schedule();
  }

  /** Notes that the other end writes no more. This end is over when all bytes are read. */
  finish(): void {
    this.#peerEnded = true;
    this.#emptied.notify();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    while (this.#reading && !this.#over) {
      const chunk = this.#incoming.shift();
      if (!chunk) break;
      this.#waiting -= chunk.length;
      this.#sink?.data(chunk);
    }
    if (this.#waiting === 0) this.#emptied.notify();
    if (this.#reading && this.#peerEnded && this.#incoming.length === 0) this.#over = true;
    if (this.#over) this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.#told) return;
    this.#told = true;
    this.peer?.finish();
    this.#sink?.closed();
  }
}
