/**
 * Where the slowest of many readers of one stream is. Imports nothing.
 * @module
 */

/** Counts readers by their places: most of many thousands stand at a few of them. */
export class Slowest {
  readonly #counts = new Map<number, number>();
  #place = Infinity;

  /** The place of the slowest reader; `Infinity` when there is none. */
  get place(): number {
    return this.#place;
  }

  /** A reader begins at `place`. */
  enter(place: number): void {
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1);
    if (place < this.#place) this.#place = place;
  }

  /** A reader that is at `place` reads no more. */
  leave(place: number): void {
    const others = (this.#counts.get(place) ?? 0) - 1;
    if (others > 0) return void this.#counts.set(place, others);
    this.#counts.delete(place);
    if (place === this.#place) this.#place = Math.min(...this.#counts.keys());
  }

  /** A reader goes on from one place to another. */
  move(from: number, to: number): void {
    if (from === to) return;
    this.enter(to);
    this.leave(from);
  }
}
