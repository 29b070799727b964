/**
 * The queue of received messages of one pattern, from all its pipes. Flow control bounds it: a pipe
 * that fills it is paused, so that its peer slows down and no message is lost.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import type { Pipe } from "../wire/pipe.ts";

const DEFAULT_CAPACITY = 128;

/** A queue of items from pipes, read with `for await`. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  readonly #paused = new Set<Pipe>();
  readonly #changed = new Notifier();
  #closed = false;

  /** Creates an inbox that pauses pipes once it holds `capacity` items. */
  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Adds an item from `pipe`. */
  put(pipe: Pipe, item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    if (this.#items.length >= this.#capacity) this.#pause(pipe);
    this.#changed.notify();
  }

  /** Takes the oldest item; `undefined` when empty. */
  take(): T | undefined {
    const item = this.#items.shift();
    if (this.#paused.size > 0 && this.#items.length <= this.#capacity / 2) this.#resume();
    return item;
  }

  /** Closes the inbox: iteration stops after the queued items. */
  close(): void {
    this.#closed = true;
    this.#resume();
    this.#changed.notify();
  }

  /** Yields items as they arrive, until the inbox is closed and empty. */
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
