/**
 * Keeps the latest output of a host that is not on disk yet, with the totals of all its output.
 * @module
 */
import { type PositionedPiece, RunBuffer, type StreamPiece } from "../../protocol/agent/streams.ts";

/** The figures of one stream, in bytes. */
export interface StreamStats {
  /** How many bytes have arrived. */
  readonly total: number;
  /** How many of them are kept, from the start. */
  readonly kept: number;
}

/** The memory cost of a piece besides its bytes, in bytes. */
const PIECE_COST = 512;

const NO_OUTPUT: StreamStats = { total: 0, kept: 0 };

/** The latest output of one host. */
export class OutputTail {
  readonly #limit: number;
  readonly #figures: Record<StreamPiece["stream"], StreamStats>;
  readonly #held = new RunBuffer();
  /** How many pieces were handed out to be written. */
  #handed = 0;
  #cost = 0;

  /** Keeps at most `limit` bytes of each stream; continues from the written `figures`. */
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

  /** The memory of the pieces that were not handed out yet, in bytes. */
  get cost(): number {
    return this.#cost;
  }

  /** The pieces that are not on disk yet. */
  get pieces(): readonly PositionedPiece[] {
    return this.#held.runs;
  }

  /** Returns the figures of a stream. */
  stats(stream: StreamPiece["stream"]): StreamStats {
    return this.#figures[stream];
  }

  /** How many bytes of both streams have arrived. */
  get received(): number {
    return this.#figures.stdout.total + this.#figures.stderr.total;
  }

  /** Adds a piece. */
  add({ stream, bytes }: StreamPiece): void {
    const { total, kept } = this.#figures[stream];
    // After dropped bytes everything is dropped, so that the kept output has no gaps.
    const room = kept === total ? Math.max(0, this.#limit - kept) : 0;
    const piece = bytes.subarray(0, room);
    this.#figures[stream] = { total: total + bytes.length, kept: kept + piece.length };
    if (piece.length > 0) this.#keep({ stream, offset: kept, bytes: piece });
  }

  /** Hands out the pieces that must be written and were not handed out before. */
  take(): readonly PositionedPiece[] {
    const pieces = this.#held.runs.slice(this.#handed);
    this.#handed = this.#held.length;
    this.#held.seal();
    this.#cost = 0;
    return pieces;
  }

  /** Notes that the oldest `count` handed-out pieces are on disk. */
  written(count: number): void {
    this.#held.drop(count);
    this.#handed -= count;
  }

  #keep(piece: PositionedPiece): void {
    this.#cost += piece.bytes.length + (this.#held.joins(piece) ? 0 : PIECE_COST);
    this.#held.add(piece);
  }
}
