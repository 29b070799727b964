/**
 * A peer below SP: it writes and reads plain bytes, so that a test controls every byte on the wire.
 * Works over every transport.
 *
 *     await using peer = await rawDial(listener.url, tcp);
 *     peer.send(headerOf(0x21));
 *     assert.deepEqual(await peer.read(8), headerOf(0x20));
 * @module
 */
import { concat } from "../../../lib/base/bytes.ts";
import {
  type ByteSink,
  type ByteStream,
  resolveTransport,
  type Transport,
} from "../../../lib/sp/wire/transport.ts";

/** One end of a connection, as bytes. Disposing it cuts the connection. */
export class RawPeer implements AsyncDisposable {
  /** The stream itself. */
  readonly stream: ByteStream;
  #received: Uint8Array[] = [];
  #unread = 0;
  #over = false;
  #changed = Promise.withResolvers<void>();
  readonly #sink: ByteSink = {
    data: (chunk) => {
      this.#received.push(chunk);
      this.#unread += chunk.length;
      this.#tell();
    },
    closed: () => {
      this.#over = true;
      this.#tell();
    },
  };

  /** Wraps `stream` and reads from it. */
  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.attach(this.#sink);
    stream.resume();
  }

  /** How many bytes were received and not read. */
  get unread(): number {
    return this.#unread;
  }

  /** Whether the connection has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Writes bytes, or bytes in hexadecimal such as `"00 53 50"`. */
  send(...parts: (Uint8Array | string)[]): void {
    for (const part of parts) this.stream.write(typeof part === "string" ? hex(part) : part);
  }

  /** Writes the same, one byte at a time, each after the byte before it has left. */
  async sendSlowly(...parts: (Uint8Array | string)[]): Promise<void> {
    for (
      const byte of parts.flatMap((part) => [...(typeof part === "string" ? hex(part) : part)])
    ) {
      this.stream.write(Uint8Array.of(byte));
      await this.stream.flushed();
    }
  }

  /** Reads the next `count` bytes. Rejects if the connection ends before. */
  async read(count: number): Promise<Uint8Array> {
    while (this.#unread < count) {
      if (this.#over) throw new Error(`only ${this.#unread} of ${count} bytes came`);
      await this.#changed.promise;
    }
    const all = concat(this.#received);
    this.#received = [all.subarray(count)];
    this.#unread -= count;
    return all.subarray(0, count);
  }

  /** Reads until the connection has ended. */
  async readToEnd(): Promise<Uint8Array> {
    while (!this.#over) await this.#changed.promise;
    return await this.read(this.#unread);
  }

  /** Stops reading; the other side blocks once the buffers between are full. */
  stopReading(): void {
    this.stream.pause();
  }

  /** Resumes reading. */
  readOn(): void {
    this.stream.resume();
  }

  /** Disconnects after all bytes were sent. */
  end(): void {
    this.stream.end();
  }

  /** Cuts the connection and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stream.attach(this.#sink); // a test may have put another in its place
    this.stream.destroy();
    await this.readToEnd();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** A listener for raw peers. */
export interface RawListener extends AsyncDisposable {
  /** The URL that reaches it. */
  readonly url: string;
  /** Accepts the next connection. */
  accept(): Promise<RawPeer>;
}

/** Connects to `url`. */
export async function rawDial(url: string, transport: Transport): Promise<RawPeer> {
  const { address } = resolveTransport(url, [transport]);
  return new RawPeer(await transport.dial(address, new AbortController().signal));
}

/** Listens on `url`. */
export async function rawListen(url: string, transport: Transport): Promise<RawListener> {
  const waiting: RawPeer[] = [];
  let arrival = Promise.withResolvers<void>();
  const listener = await transport.listen(resolveTransport(url, [transport]).address, (stream) => {
    waiting.push(new RawPeer(stream));
    arrival.resolve();
    arrival = Promise.withResolvers<void>();
  });
  return { url: listener.url, accept, [Symbol.asyncDispose]: () => listener.close() };

  async function accept(): Promise<RawPeer> {
    for (let peer = waiting.shift();; peer = waiting.shift()) {
      if (peer) return peer;
      await arrival.promise;
    }
  }
}

/** Returns the SP header of a peer with the protocol id `id`, byte by byte. */
export function headerOf(id: number): Uint8Array {
  return hex(`00 53 50 00 ${id.toString(16).padStart(4, "0")} 00 00`);
}

/** Parses hexadecimal text such as `"00 53 50 00"`; ignores spaces. */
export function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}
