/**
 * The pipes of one pattern that are attached now.
 * @module
 */
import type { Pipe } from "./pipe.ts";

/** A set of pipes that tells when it changes. */
export class PipeSet implements Iterable<Pipe> {
  readonly #pipes = new Set<Pipe>();
  #changed = Promise.withResolvers<void>();

  /** How many pipes are attached. */
  get size(): number {
    return this.#pipes.size;
  }

  /** The attached pipes, oldest first. */
  [Symbol.iterator](): Iterator<Pipe> {
    return this.#pipes.values();
  }

  /** Adds a pipe. */
  add(pipe: Pipe): void {
    this.#pipes.add(pipe);
    this.#tell();
  }

  /** Removes a pipe. */
  delete(pipe: Pipe): void {
    if (this.#pipes.delete(pipe)) this.#tell();
  }

  /** Whether `pipe` is attached. */
  has(pipe: Pipe): boolean {
    return this.#pipes.has(pipe);
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Resolves as soon as `count` pipes or more are attached. */
  async reaches(count: number): Promise<void> {
    while (this.size < count) await this.changed();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
