/**
 * Limits the memory for the hellos of attached agents, which carry facts that an agent chooses: per
 * address, and in total. A part of it is reserved for agents that are known.
 * @module
 */

/** Options of a {@linkcode HelloBudget}, in bytes. */
export interface HelloBudgetOptions {
  /** All hellos; 64 MiB by default. A quarter of it is for known agents only. */
  readonly maxBytes?: number;
  /** The hellos of unknown agents of one address; half of all by default. */
  readonly maxBytesPerAddress?: number;
}

const MAX_BYTES = 67_108_864;

/** The bytes of the hellos of attached agents. */
export class HelloBudget {
  readonly #maxBytes: number;
  readonly #maxBytesPerAddress: number;
  readonly #ofUnknown = new Map<string, number>();
  #bytes = 0;

  /** Creates a budget that nobody uses yet. */
  constructor(options: HelloBudgetOptions = {}) {
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#maxBytesPerAddress = options.maxBytesPerAddress ?? this.#maxBytes / 2;
  }

  /** The bytes of all hellos. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes `bytes` for an agent at `address`.
   * @returns what gives them back on disposal, or undefined if there is no room
   */
  take(address: string, bytes: number, isKnown: boolean): Disposable | undefined {
    const ofAddress = (this.#ofUnknown.get(address) ?? 0) + bytes;
    const max = isKnown ? this.#maxBytes : this.#maxBytes * 3 / 4;
    if (this.#bytes + bytes > max) return undefined; // check: hello-bytes
    if (!isKnown && ofAddress > this.#maxBytesPerAddress) return undefined; // check: hello-address
    this.#bytes += bytes;
    if (!isKnown) this.#ofUnknown.set(address, ofAddress);
    const stack = new DisposableStack();
    stack.defer(() => this.#giveBack(address, bytes, isKnown));
    return stack;
  }

  #giveBack(address: string, bytes: number, isKnown: boolean): void {
    this.#bytes -= bytes;
    if (isKnown) return;
    const left = (this.#ofUnknown.get(address) ?? 0) - bytes;
    if (left > 0) this.#ofUnknown.set(address, left);
    else this.#ofUnknown.delete(address);
  }
}
