/**
 * The transport `inproc://NAME`: streams within one process, for tests and for simulated agents.
 * @module
 */
import { AddressError, TransportError } from "./errors.ts";
import type { ByteSink, ByteStream } from "./stream.ts";
import type { Transport, TransportListener } from "./transport.ts";

/**
 * Makes a transport whose names are its own: two of them never meet. Bytes arrive in a later
 * microtask, as they would from outside, and a paused end keeps what comes.
 */
export function inproc(): Transport {
  const listeners = new Map<string, (stream: ByteStream) => void>();
  return {
    scheme: "inproc",
    framing: "tcp",
    check: checkName,
    // deno-lint-ignore require-await -- the contract is asynchronous
    async dial(name: string): Promise<ByteStream> {
      checkName(name);
      const accept = listeners.get(name);
      if (!accept) {
        throw new TransportError(`cannot reach inproc://${name}: nobody listens`, "ECONNREFUSED");
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

/** Two ends of one connection: what is written to the one is read from the other. */
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
  #over = false;
  #told = false;
  #incoming: Uint8Array[] = [];
  #scheduled = false;
  #ended = false;
  #emptied = Promise.withResolvers<void>();

  constructor(remote: string) {
    this.remote = remote;
  }

  get queued(): number {
    return this.peer?.waiting ?? 0;
  }

  /** Bytes that have come to this end and were not read yet. */
  get waiting(): number {
    return this.#incoming.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    this.#schedule();
  }

  write(bytes: Uint8Array): void {
    if (!this.#over && !this.#ended) this.peer?.receive(bytes);
  }

  async flushed(): Promise<void> {
    while (!this.#over && this.queued > 0) await this.peer?.emptied();
  }

  emptied(): Promise<void> {
    return this.#emptied.promise;
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
    this.#incoming = [];
    this.#over = true;
    this.#schedule();
    this.peer?.finish();
  }

  /** Takes bytes from the other end. */
  receive(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#incoming.push(bytes);
    this.#schedule();
  }

  /** The other end will write no more: this end is over once all has been read. */
  finish(): void {
    this.#ended = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    while (this.#reading && !this.#over && this.#sink) {
      const chunk = this.#incoming.shift();
      if (!chunk) break;
      this.#sink.data(chunk);
    }
    if (this.#incoming.length === 0) this.#tellEmptied();
    if (this.#ended && this.#incoming.length === 0) this.#over = true;
    if (this.#over && !this.#told && this.#sink) this.#tellClosed(this.#sink);
  }

  #tellEmptied(): void {
    this.#emptied.resolve();
    this.#emptied = Promise.withResolvers<void>();
  }

  #tellClosed(sink: ByteSink): void {
    this.#told = true;
    this.peer?.finish();
    sink.closed();
  }
}
