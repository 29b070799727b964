/**
 * How many commands run at once, and how many wait. Imports nothing.
 * @module
 */

/** How many commands an agent runs at once unless it is told otherwise. */
export const DEFAULT_SLOTS = 4;

/** How many commands wait for a slot before an agent says "busy". */
export const MAX_WAITING = 100;

/** The answer to a claim. */
export type Claim =
  /** A slot, to be given back by disposing of it, once or more often. */
  | ({ readonly kind: "granted" } & Disposable)
  /** All slots are taken and `waiting` others wait already. */
  | { readonly kind: "busy"; readonly waiting: number };

/** A fixed number of slots with a bounded first-in first-out queue in front of them. */
export class Slots {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** Makes `slots` free slots (at least 1) with room for `maxWaiting` that wait. */
  constructor(slots: number = DEFAULT_SLOTS, maxWaiting: number = MAX_WAITING) {
    this.#free = slots;
    this.#maxWaiting = maxWaiting;
  }

  /** How many slots are free; none if more run than there are slots. */
  get free(): number {
    return Math.max(0, this.#free);
  }

  /** How many claims wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Claims a slot: granted at once when one is free, otherwise in the order of the claims, or
   * refused at once when the queue is full. Rejects with `signal.reason` when aborted first.
   */
  claim(signal?: AbortSignal): Promise<Claim> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) return Promise.resolve(this.#grant());
    if (this.#waiting.size >= this.#maxWaiting) {
      return Promise.resolve({ kind: "busy", waiting: this.#waiting.size });
    }
    return this.#queue(signal);
  }

  /** Takes a slot for what runs already, even if none is free. */
  occupy(): Disposable {
    return this.#grant();
  }

  #queue(signal?: AbortSignal): Promise<Claim> {
    const { promise, resolve, reject } = Promise.withResolvers<Claim>();
    const admit = () => {
      signal?.removeEventListener("abort", leave);
      resolve(this.#grant());
    };
    const leave = () => {
      this.#waiting.delete(admit);
      reject(signal?.reason);
    };
    this.#waiting.add(admit);
    signal?.addEventListener("abort", leave, { once: true });
    return promise;
  }

  #grant(): Extract<Claim, Disposable> {
    this.#free--;
    let held = true;
    const release = () => {
      if (held) this.#release();
      held = false;
    };
    return { kind: "granted", [Symbol.dispose]: release };
  }

  #release(): void {
    this.#free++;
    const [next] = this.#waiting;
    if (next === undefined || this.#free <= 0) return;
    this.#waiting.delete(next);
    next();
  }
}
