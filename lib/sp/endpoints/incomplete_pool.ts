/**
 * Limits the memory for incomplete messages of many connections together. When there is too much,
 * a connection of the address that holds the most is closed, the oldest message first.
 * @module
 */
import { FrameError } from "../wire/errors.ts";
import { FairSet } from "./fair_set.ts";

/** A connection that receives a message. */
export interface MessageHolder {
  /** The network address that it counts for. */
  readonly address: string;
  /** Ends the connection, which then holds nothing. */
  end(error: Error): void;
}

/** A connection that holds no more than this gives way last, in bytes. */
const SMALL_MESSAGE = 4_096;

/** The bytes of incomplete messages of some connections. */
export class IncompletePool {
  readonly #maxBytes: number;
  readonly #held = new Map<MessageHolder, number>();
  readonly #small = new FairSet<MessageHolder>();
  readonly #large = new FairSet<MessageHolder>();
  #bytes = 0;

  /** Creates an empty pool of `maxBytes` bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes that all connections hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sets how many bytes `holder` holds. Ends connections if there is too much. */
  hold(holder: MessageHolder, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    if (bytes === before) return;
    this.#move(holder, before, bytes);
    while (this.#bytes > this.#maxBytes) { // check: incomplete-bytes
      const [oldest] = this.#large.size > 0 ? this.#large.ofLargest() : this.#small.ofLargest();
      if (!oldest) return;
      this.#move(oldest, this.#held.get(oldest) ?? 0, 0);
      oldest.end(new FrameError("too many incomplete messages"));
    }
  }

  #move(holder: MessageHolder, before: number, bytes: number): void {
    const [from, to] = [this.#setOf(before), this.#setOf(bytes)];
    if (from !== to) {
      from?.delete(holder.address, holder);
      to?.add(holder.address, holder);
    }
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    this.#bytes += bytes - before;
  }

  #setOf(bytes: number): FairSet<MessageHolder> | undefined {
    if (bytes === 0) return undefined;
    return bytes > SMALL_MESSAGE ? this.#large : this.#small;
  }
}
