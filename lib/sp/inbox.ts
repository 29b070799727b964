/**
 * Messages that wait to be taken by the program, from all pipes of one pattern. Bounded by flow
 * control: a pipe that brings more than there is room for is paused, so its peer is slowed down
 * and nothing is lost or kept without limit.
 * @module
 */
import type { Pipe } from "./pipe.ts";

const CAPACITY = 128;

/** A queue of items that came from pipes, read with `for await`. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  readonly #paused = new Set<Pipe>();
  #arrival: PromiseWithResolvers<void> | undefined;
  #closed = false;

  /** Makes an inbox that pauses pipes from `capacity` waiting items on. */
  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
  }

  /** Adds an item that came from `pipe`. */
  put(pipe: Pipe, item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    if (this.#items.length >= this.#capacity) this.#pause(pipe);
    this.#wake();
  }

  /** Takes the oldest item, or `undefined` when none waits. */
  take(): T | undefined {
    const item = this.#items.shift();
    if (this.#paused.size > 0 && this.#items.length <= this.#capacity / 2) this.#resume();
    return item;
  }

  /** Ends the inbox: what waits can still be read, then iteration stops. */
  close(): void {
    this.#closed = true;
    this.#resume();
    this.#wake();
  }

  /** Yields items as they come until the inbox is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (true) {
      while (this.#items.length > 0) yield this.take() as T;
      if (this.#closed) return;
      this.#arrival ??= Promise.withResolvers<void>();
      await this.#arrival.promise;
    }
  }

  #pause(pipe: Pipe): void {
    this.#paused.add(pipe);
    pipe.pause();
  }

  #resume(): void {
    const paused = [...this.#paused];
    this.#paused.clear();
    paused.forEach((pipe) => pipe.resume());
  }

  #wake(): void {
    this.#arrival?.resolve();
    this.#arrival = undefined;
  }
}
