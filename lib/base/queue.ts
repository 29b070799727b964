/**
 * A bounded queue between one producer and one consumer. Imports nothing.
 * @module
 */

/**
 * A first-in first-out queue with a fixed capacity, read with `for await`.
 * The producer is never blocked: {@linkcode BoundedQueue.push} says whether there was room,
 * and the caller decides what a full queue means.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #waiting: PromiseWithResolvers<void> | undefined;
  #closed = false;

  /** Makes an empty queue for at most `capacity` items. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many items wait. */
  get size(): number {
    return this.#items.length;
  }

  /** Adds an item; returns false, and keeps nothing, when the queue is full or closed. */
  push(item: T): boolean {
    if (this.#closed || this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#wake();
    return true;
  }

  /** Takes the oldest item, or `undefined` when there is none. */
  shift(): T | undefined {
    return this.#items.shift();
  }

  /** Ends the queue: what is in it can still be read, then iteration stops. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Yields items as they come until the queue is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (true) {
      while (this.#items.length > 0) yield this.#items.shift() as T;
      if (this.#closed) return;
      this.#waiting ??= Promise.withResolvers<void>();
      await this.#waiting.promise;
    }
  }

  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
