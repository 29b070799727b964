/**
 * Has a hub's store remove what is not to be kept any longer, however long the hub runs. Imports
 * `base` and its siblings.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { HubStore } from "./store/hub_store.ts";

const DAY_MS = 86_400_000;

/** Prunes a store at once and every day, until disposed of. */
export class Housekeeping implements Disposable {
  readonly #store: Pick<HubStore, "prune">;
  readonly #clock: Clock;
  readonly #stop = new AbortController();

  /** Begins. */
  constructor(store: Pick<HubStore, "prune">, clock: Clock = systemClock) {
    this.#store = store;
    this.#clock = clock;
    void this.#run();
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    do this.#store.prune(); while (await this.#wait());
  }

  /** Resolves with false when it was stopped instead. */
  #wait(): Promise<boolean> {
    return this.#clock.sleep(DAY_MS, this.#stop.signal).then(() => true, () => false);
  }
}
