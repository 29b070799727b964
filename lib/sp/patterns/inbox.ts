/**
 * Received messages of one pattern that the program has not read yet, from all its pipes. The queue
 * is bounded by flow control: a pipe that fills it is paused, so that its peer slows down and no
 * message is lost.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import type { Pipe } from "../wire/pipe.ts";

const DEFAULT_CAPACITY = 128;

/** A queue of items that came from pipes, read with `for await`. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  readonly #paused = new Set<Pipe>();
  readonly #changed = new Notifier();
  #closed = false;

  /** Makes an inbox that pauses pipes from `capacity` waiting items on. */
  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Adds an item that came from `pipe`. */
  put(pipe: Pipe, item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    if (this.#items.length >= this.#capacity) this.#pause(pipe);
    this.#changed.notify();
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
    this.#changed.notify();
  }

  /** Yields items as they come until the inbox is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (true) {
      while (this.#items.length > 0) yield this.take() as T;
      if (this.#closed) return;
      await this.#changed.wait();
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
}
