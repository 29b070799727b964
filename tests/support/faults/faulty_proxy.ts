/**
 * A TCP proxy that does harm to what passes through it.
 *
 *     using proxy = new FaultyProxy(port, { toClient: cutFirst(5_000_000) });
 * @module
 */

/** Receives what one direction of a connection hands on. */
export interface ForwardTarget {
  /** These bytes go on. */
  pass(bytes: Uint8Array): void;
  /** The connection ends, in both directions, when what was passed has left. */
  cut(): void;
  /** Aborted when the connection is over. */
  readonly over: AbortSignal;
}

/** Makes what looks at the bytes of one direction of connection `number`, counted from 0. */
export type FaultFilter = (onward: ForwardTarget, number: number) => (bytes: Uint8Array) => void;

/** What happens to each direction; by default nothing. */
export interface FaultFilters {
  /** From those who dial. */
  readonly toServer?: FaultFilter;
  /** To those who dial. */
  readonly toClient?: FaultFilter;
}

/** Nothing happens. */
function unharmed({ pass }: ForwardTarget): (bytes: Uint8Array) => void {
  return pass;
}

/** The first connection ends after so many bytes. */
export function cutFirst(bytes: number): FaultFilter {
  return ({ pass, cut }, number) => {
    let left = number === 0 ? bytes : Infinity;
    return (chunk) => ((left -= chunk.length) > 0 ? pass(chunk) : cut());
  };
}

/** Stands between clients and the server at a port of this machine. */
export class FaultyProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #passages: FaultFilters;
  readonly #open = new Set<Deno.Conn>();
  /** How many connections came. */
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

  /** Hangs up on everybody. */
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
      // What was held back longer than the connection has lasted is lost with it.
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
    // The other end is gone.
  } finally {
    isCut = true;
    over.abort();
    await written;
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}
