/**
 * What a host has printed lately and is not on disk for certain, with the figures of all that it has
 * printed. Imports `envelope` types.
 * @module
 */
import type { Output } from "../envelope/session.ts";

/** A piece of one stream. */
export type Piece = Pick<Output, "stream" | "bytes">;

/** A piece, and where it begins in its stream. */
export interface PlacedPiece extends Piece {
  /** How many bytes of the stream are before it. */
  readonly offset: number;
}

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
  #pieces: PlacedPiece[] = [];
  /** How many of them were handed out to be written. */
  #handed = 0;
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

  /** How many bytes nobody has been handed yet. */
  get size(): number {
    return this.#size;
  }

  /** What is kept here until it is written down for certain. */
  get pieces(): readonly PlacedPiece[] {
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
    this.#pieces.push({ stream, bytes: piece, offset: kept });
    this.#size += piece.length;
  }

  /** Hands out what is to be written down and was not handed out before. */
  take(): readonly PlacedPiece[] {
    const pieces = this.#pieces.slice(this.#handed);
    this.#handed = this.#pieces.length;
    this.#size = 0;
    return pieces;
  }

  /** The oldest `count` pieces that were handed out are written down for certain. */
  written(count: number): void {
    this.#pieces.splice(0, count);
    this.#handed -= count;
  }
}
