/**
 * Counts peers that leave after the hub's welcome without a hello, by network address. An agent of
 * nanoexec 0.1 cannot read the welcome, so that only its repeated attempts show it.
 * @module
 */

/** How many times a peer leaves before it is reported. */
const REPEATED = 3;
/** The most addresses that are counted; the oldest is forgotten. */
const MAX_ADDRESSES = 1_024;

/** Counts peers that leave early. */
export class EarlyLeavers {
  readonly #counts = new Map<string, number>();

  /** Counts a peer; returns whether it must be reported: at every third time. */
  count(address: string): boolean {
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.forget(address);
    this.#counts.set(address, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MAX_ADDRESSES && oldest !== undefined) this.forget(oldest); // check: early-addresses
    return count % REPEATED === 0;
  }

  /** Forgets an address, from which an agent has attached. */
  forget(address: string): void {
    this.#counts.delete(address);
  }
}
