/**
 * What a host has printed lately and nobody has written down yet, with the figures of all that it
 * has printed. Imports `envelope` types.
 * @module
 */
import type { Output } from "../envelope/session.ts";

/** A piece of one stream. */
export type Piece = Pick<Output, "stream" | "bytes">;

/** The figures of one stream, in bytes. */
export interface StreamFigures {
  /** How much of it has come. */
  readonly total: number;
  /** How much of it is kept: the beginning. */
  readonly kept: number;
}

const NOTHING: StreamFigures = { total: 0, kept: 0 };

/** The end of what one host has printed. */
export class OutputTail {
  readonly #limit: number;
  readonly #figures: Record<Piece["stream"], StreamFigures>;
  #pieces: Piece[] = [];
  #size = 0;

  /** Keeps at most `limit` bytes of each stream; goes on from `figures` of what is written down. */
  constructor(
    limit: number,
    figures: Readonly<Record<Piece["stream"], StreamFigures>> = {
      stdout: NOTHING,
      stderr: NOTHING,
    },
  ) {
    this.#limit = limit;
    this.#figures = { ...figures };
  }

  /** How many bytes wait to be written down. */
  get size(): number {
    return this.#size;
  }

  /** What waits to be written down. */
  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** The figures of a stream. */
  of(stream: Piece["stream"]): StreamFigures {
    return this.#figures[stream];
  }

  /** How many bytes of both streams have come. */
  get received(): number {
    return this.#figures.stdout.total + this.#figures.stderr.total;
  }

  /** Takes in a piece. */
  add({ stream, bytes }: Piece): void {
    const { total, kept } = this.#figures[stream];
    // What comes behind bytes that were left out is left out, too: what is kept has no gaps.
    const room = kept === total ? Math.max(0, this.#limit - kept) : 0;
    const piece = bytes.subarray(0, room);
    this.#figures[stream] = { total: total + bytes.length, kept: kept + piece.length };
    if (piece.length === 0) return;
    this.#pieces.push({ stream, bytes: piece });
    this.#size += piece.length;
  }

  /** Hands out what waits; from then on it counts as written down. */
  take(): readonly Piece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    return pieces;
  }
}
