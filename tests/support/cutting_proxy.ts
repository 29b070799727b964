/**
 * A TCP proxy that hangs up: the first connection ends after so many bytes have come from the server.
 * @module
 */

/** Stands between a client and the server at `target`. */
export class CuttingProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #open = new Set<Deno.Conn>();
  #left: number;
  /** How many connections came. */
  connections = 0;

  /** Listens for clients of the server at port `target`. */
  constructor(target: number, cutAfter: number) {
    this.#target = target;
    this.#left = cutAfter;
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
        this.#join(client, server, this.connections++ === 0);
      } catch {
        client.close();
      }
    }
  }

  #join(client: Deno.Conn, server: Deno.Conn, cut: boolean): void {
    const ends = [client, server];
    ends.forEach((conn) => this.#open.add(conn));
    const over = () => ends.forEach((conn) => this.#open.delete(conn) && conn.close());
    void pass(client, server, () => true).finally(over);
    void pass(server, client, (count) => !cut || (this.#left -= count) > 0).finally(over);
  }
}

async function pass(
  from: Deno.Conn,
  to: Deno.Conn,
  goesOn: (count: number) => boolean,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      if (!goesOn(count)) return;
      for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
    }
  } catch {
    // The other end is gone.
  }
}
