/**
 * The latest output of a host that is not on disk for certain, with the totals of all its output.
 * @module
 */
import { type PositionedPiece, RunBuffer, type StreamPiece } from "../../protocol/agent/streams.ts";

/** The figures of one stream, in bytes. */
export interface StreamStats {
  /** How much of it has come. */
  readonly total: number;
  /** How much of it is kept: the beginning. */
  readonly kept: number;
}

/** What a piece costs in memory beside its bytes, in bytes. */
const PIECE_COST = 512;

const NO_OUTPUT: StreamStats = { total: 0, kept: 0 };

/** The end of what one host has printed. */
export class OutputTail {
  readonly #limit: number;
  readonly #figures: Record<StreamPiece["stream"], StreamStats>;
  readonly #held = new RunBuffer();
  /** How many of them were handed out to be written. */
  #handed = 0;
  #cost = 0;

  /** Keeps at most `limit` bytes of each stream; goes on from `figures` of what is written down. */
  constructor(
    limit: number,
    figures: Readonly<Record<StreamPiece["stream"], StreamStats>> = {
      stdout: NO_OUTPUT,
      stderr: NO_OUTPUT,
    },
  ) {
    this.#limit = limit;
    this.#figures = { ...figures };
  }

  /** How many bytes of memory what nobody has been handed yet takes. */
  get cost(): number {
    return this.#cost;
  }

  /** What is kept here until it is written down for certain. */
  get pieces(): readonly PositionedPiece[] {
    return this.#held.runs;
  }

  /** The figures of a stream. */
  stats(stream: StreamPiece["stream"]): StreamStats {
    return this.#figures[stream];
  }

  /** How many bytes of both streams have come. */
  get received(): number {
    return this.#figures.stdout.total + this.#figures.stderr.total;
  }

  /** Takes in a piece. */
  add({ stream, bytes }: StreamPiece): void {
    const { total, kept } = this.#figures[stream];
    // What comes behind bytes that were left out is left out, too: what is kept has no gaps.
    const room = kept === total ? Math.max(0, this.#limit - kept) : 0;
    const piece = bytes.subarray(0, room);
    this.#figures[stream] = { total: total + bytes.length, kept: kept + piece.length };
    if (piece.length > 0) this.#keep({ stream, offset: kept, bytes: piece });
  }

  /** Hands out what is to be written down and was not handed out before. */
  take(): readonly PositionedPiece[] {
    const pieces = this.#held.runs.slice(this.#handed);
    this.#handed = this.#held.length;
    this.#held.seal();
    this.#cost = 0;
    return pieces;
  }

  /** The oldest `count` pieces that were handed out are written down for certain. */
  written(count: number): void {
    this.#held.drop(count);
    this.#handed -= count;
  }

  #keep(piece: PositionedPiece): void {
    this.#cost += piece.bytes.length + (this.#held.joins(piece) ? 0 : PIECE_COST);
    this.#held.add(piece);
  }
}
