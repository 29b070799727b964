/**
 * Flow control by credit. A sender runs ahead of the receiver by at most a window. The receiver
 * credits what it has consumed, as an offset since the beginning, so that a lost or repeated
 * message does no harm.
 * @module
 */

/** Bounds of a window, in the units that both sides count. */
export interface CreditBounds {
  /** The maximum number of bytes without credit. The piece that reaches the bound may exceed it. */
  readonly bytes: number;
  /** The maximum number of pieces without credit: small pieces cost more than their bytes. */
  readonly pieces?: number;
}

/** Where a window begins. */
export interface CreditStart {
  /** The offset of the first byte; 0 by default. */
  readonly start?: number;
  /** Whether an earlier process has sent bytes that this process adds again. */
  readonly resumed?: boolean;
}

/**
 * The bytes between the credited offset and the end. At the sender they are under way, and at the
 * receiver they wait to be consumed.
 */
export class CreditWindow {
  readonly #bounds: CreditBounds;
  readonly #resumed: boolean;
  #credited: number;
  #end: number;
  /** The end offsets of the pieces without credit, in order; empty if they are not bounded. */
  #pieceEnds: number[] = [];
  /** The largest credit for bytes that an earlier process has sent. */
  #creditedAhead = 0;

  /** Creates an empty window. */
  constructor(bounds: CreditBounds, { start = 0, resumed = false }: CreditStart = {}) {
    this.#bounds = bounds;
    this.#resumed = resumed;
    this.#credited = this.#end = start;
  }

  /** The offset behind the last byte that was added. */
  get end(): number {
    return this.#end;
  }

  /** The offset up to which everything is credited. */
  get credited(): number {
    return this.#credited;
  }

  /** The number of bytes without credit. */
  get pending(): number {
    return this.#end - this.#credited;
  }

  /** The number of pieces without credit for all of their bytes. */
  get pieces(): number {
    return this.#pieceEnds.length;
  }

  /** Returns whether another piece may be added, if the bounds are larger by `extra`. */
  hasRoom(extra: Required<CreditBounds> = { bytes: 0, pieces: 0 }): boolean {
    const { bytes, pieces = Infinity } = this.#bounds;
    return this.pending < bytes + extra.bytes && this.pieces < pieces + extra.pieces;
  }

  /** Adds `bytes` bytes: a piece of their own, or `joined` to the last piece. */
  add(bytes: number, { joined = false }: { readonly joined?: boolean } = {}): void {
    this.#end += bytes;
    if (this.#bounds.pieces !== undefined) {
      if (joined) this.#pieceEnds.pop();
      this.#pieceEnds.push(this.#end);
    }
    if (this.#creditedAhead > 0) this.#moveTo(Math.min(this.#creditedAhead, this.#end));
  }

  /** Returns whether a piece without credit ends at `offset`. */
  hasPieceEnd(offset: number): boolean {
    return this.#pieceEnds.includes(offset);
  }

  /**
   * Credits all bytes before `offset`. Refuses an offset that goes back, repeats the last one or
   * lies beyond the end. Only a resumed window remembers one beyond the end, until it is reached.
   * @returns whether the credited offset has moved
   */
  credit(offset: number): boolean {
    if (this.#resumed && offset > this.#creditedAhead) {
      this.#creditedAhead = offset;
      return this.#moveTo(Math.min(offset, this.#end));
    }
    return this.#moveTo(offset);
  }

  /** Goes back to the credited offset: what was sent over a lost connection is sent again. */
  rewind(): void {
    this.#end = this.#credited;
    this.#pieceEnds = [];
  }

  #moveTo(offset: number): boolean {
    if (!(offset > this.#credited && offset <= this.#end)) return false;
    this.#credited = offset;
    const kept = this.#pieceEnds.findIndex((end) => end > offset);
    this.#pieceEnds.splice(0, kept < 0 ? this.#pieceEnds.length : kept);
    return true;
  }
}

/**
 * Decides when a receiver sends credit: in large steps, because a sender should not have to read
 * one message per piece.
 */
export class CreditSteps {
  readonly #step: CreditBounds;
  #consumed: number;
  #credited: number;
  #pieces = 0;

  /** Creates steps of this many bytes or pieces, whichever come first. */
  constructor(step: CreditBounds, { start = 0 }: Pick<CreditStart, "start"> = {}) {
    this.#step = step;
    this.#consumed = this.#credited = start;
  }

  /**
   * Counts `bytes` consumed bytes: a piece of their own, or `joined` to the last piece.
   * @returns the offset to credit now; `undefined` before the next step
   */
  consume(
    bytes: number,
    { joined = false }: { readonly joined?: boolean } = {},
  ): number | undefined {
    this.#consumed += bytes;
    if (!joined) this.#pieces++;
    const { bytes: stepBytes, pieces: stepPieces = Infinity } = this.#step;
    const isDue = this.#consumed - this.#credited >= stepBytes || this.#pieces >= stepPieces;
    if (!isDue) return undefined;
    this.#credited = this.#consumed;
    this.#pieces = 0;
    return this.#consumed;
  }
}
