/**
 * A TCP proxy that injects faults.
 *
 *     using proxy = new FaultyProxy(port, { toClient: cutFirst(5_000_000) });
 * @module
 */

/** Receives the output of one direction of a connection. */
export interface ForwardTarget {
  /** Forwards these bytes. */
  pass(bytes: Uint8Array): void;
  /** Ends the connection in both directions, after the forwarded bytes have left. */
  cut(): void;
  /** Aborted when the connection has ended. */
  readonly over: AbortSignal;
}

/** Creates the filter for one direction of connection `number`, counted from 0. */
export type FaultFilter = (onward: ForwardTarget, number: number) => (bytes: Uint8Array) => void;

/** The filter of each direction; by default none. */
export interface FaultFilters {
  /** From the clients. */
  readonly toServer?: FaultFilter;
  /** To the clients. */
  readonly toClient?: FaultFilter;
}

/** Forwards everything. */
function unharmed({ pass }: ForwardTarget): (bytes: Uint8Array) => void {
  return pass;
}

/** Ends the first connection after `bytes` bytes. */
export function cutFirst(bytes: number): FaultFilter {
  return ({ pass, cut }, number) => {
    let left = number === 0 ? bytes : Infinity;
    return (chunk) => ((left -= chunk.length) > 0 ? pass(chunk) : cut());
  };
}

/** Stands between clients and the server at a local port. */
export class FaultyProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #passages: FaultFilters;
  readonly #open = new Set<Deno.Conn>();
  /** How many connections were accepted. */
  connections = 0;

  /** Listens for clients of the server at port `target`. */
  constructor(target: number, passages: FaultFilters) {
    this.#target = target;
    this.#passages = passages;
    void this.#accept();
  }

  /** The port to dial. */
  get port(): number {
    return this.#listener.addr.transport === "tcp" ? this.#listener.addr.port : 0;
  }

  /** Disconnects all clients. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      try {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
        this.#join(client, server, this.connections++);
      } catch {
        client.close();
      }
    }
  }

  #join(client: Deno.Conn, server: Deno.Conn, number: number): void {
    const ends = [client, server];
    ends.forEach((conn) => this.#open.add(conn));
    const over = () => ends.forEach((conn) => this.#open.delete(conn) && conn.close());
    const { toServer = unharmed, toClient = unharmed } = this.#passages;
    void carry(client, server, (onward) => toServer(onward, number)).finally(over);
    void carry(server, client, (onward) => toClient(onward, number)).finally(over);
  }
}

async function carry(
  from: Deno.Conn,
  to: Deno.Conn,
  passage: (onward: ForwardTarget) => (bytes: Uint8Array) => void,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  const over = new AbortController();
  let isCut = false;
  let written = Promise.resolve();
  const take = passage({
    pass: (bytes) => {
      // Bytes that are delayed beyond the end of the connection are lost.
      if (!isCut) {
        written = written.then(() => writeAll(to, bytes)).catch(() => void (isCut = true));
      }
    },
    cut: () => isCut = true,
    over: over.signal,
  });
  try {
    while (!isCut) {
      const count = await from.read(buffer);
      if (count === null) return;
      take(buffer.slice(0, count));
      await written;
    }
  } catch {
    // The other end has disconnected.
  } finally {
    isCut = true;
    over.abort();
    await written;
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}
