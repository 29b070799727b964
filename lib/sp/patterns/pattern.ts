/**
 * The contract between patterns and endpoints: a pattern has a role, accepts pipes, and keeps the
 * set of attached pipes. Patterns know pipes and messages only, never a transport.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import type { Pipe } from "../wire/pipe.ts";
import type { Role } from "../wire/protocol.ts";

/** One end of a pattern: PUB, SUB, SURVEYOR or RESPONDENT. */
export interface Pattern {
  /** The role of its pipes. */
  readonly role: Role;
  /** Takes over a new pipe: calls {@linkcode Pipe.start} on it. */
  attach(pipe: Pipe): void;
}

/** A set of pipes that notifies of its changes. */
export class PipeSet implements Iterable<Pipe> {
  readonly #pipes = new Set<Pipe>();
  readonly #changed = new Notifier();

  /** The number of attached pipes. */
  get size(): number {
    return this.#pipes.size;
  }

  /** Iterates over the attached pipes, oldest first. */
  [Symbol.iterator](): Iterator<Pipe> {
    return this.#pipes.values();
  }

  /** Adds a pipe. */
  add(pipe: Pipe): void {
    this.#pipes.add(pipe);
    this.#changed.notify();
  }

  /** Removes a pipe. */
  delete(pipe: Pipe): void {
    if (this.#pipes.delete(pipe)) this.#changed.notify();
  }

  /** Returns whether `pipe` is attached. */
  has(pipe: Pipe): boolean {
    return this.#pipes.has(pipe);
  }

  /** Resolves at the next change. */
  nextChange(): Promise<void> {
    return this.#changed.wait();
  }

  /** Resolves as soon as `count` pipes or more are attached. */
  async waitForCount(count: number): Promise<void> {
    while (this.size < count) await this.nextChange();
  }
}
