/**
 * Output that is kept until its host has ended. Imports `base`.
 * @module
 */
import { ByteCollector } from "../../base/bytes.ts";

/**
 * Keeps the output of each host until the host has ended, and no more of it than an honest agent
 * sends: what agents are told of the limit does not bind a hostile one.
 */
export class OutputStock {
  readonly #limit: number;
  readonly #stock = new Map<string, ByteCollector>();

  /** Makes an empty stock that keeps at most `limit` bytes of each host. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps more of a host's output. */
  add(node: string, bytes: Uint8Array): void {
    const collector = this.#stock.get(node) ?? new ByteCollector(this.#limit);
    this.#stock.set(node, collector);
    collector.add(bytes);
  }

  /** Gives out what was kept of a host, and forgets it. */
  take(node: string): Uint8Array {
    const bytes = this.#stock.get(node)?.bytes() ?? new Uint8Array();
    this.#stock.delete(node);
    return bytes;
  }
}
