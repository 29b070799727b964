/**
 * The flow-control window for the output of one command. Sent output is kept until the hub has
 * credited it, so that a broken connection loses none of it.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
  RunBuffer,
} from "../../protocol/agent/streams.ts";

/**
 * Output without credit: at most {@linkcode OUTPUT_WINDOW} bytes and one chunk while the command
 * runs, in {@linkcode OUTPUT_WINDOW_RUNS} runs.
 */
export class SendWindow {
  readonly #id: string;
  /** Output without credit; offsets count both streams together. */
  readonly #uncredited = new RunBuffer<OutputMessage>();
  /** How many bytes the hub has credited. */
  #received = 0;
  /** How many bytes were added. */
  #end = 0;
  /** Credit for output that this process of the agent has not added again yet. */
  #creditedAhead = 0;
  readonly #credited = new Notifier();

  readonly #resumed: boolean;

  /**
   * Creates an empty window for the output of request `id`; `resumed` if an earlier process sent
   * some.
   */
  constructor(id: string, { resumed = false }: { readonly resumed?: boolean } = {}) {
    this.#id = id;
    this.#resumed = resumed;
  }

  /** How many bytes have no credit. */
  get pending(): number {
    return this.#end - this.#received;
  }

  /** Adds at most {@linkcode MAX_CHUNK} bytes of output, which the window owns from now on. */
  add(stream: OutputMessage["stream"], bytes: Uint8Array): OutputMessage {
    const message = { kind: "output", id: this.#id, stream, offset: this.#end, bytes } as const;
    this.#uncredited.add(message);
    this.#end += bytes.length;
    this.credit(Math.min(this.#creditedAhead, this.#end));
    return message;
  }

  /**
   * Drops the credited output. An old number changes nothing. A number out of range counts only for
   * output of an earlier process.
   */
  credit(received: number): void {
    if (this.#resumed) this.#creditedAhead = Math.max(this.#creditedAhead, received);
    if (!(received > this.#received && received <= this.#end)) return;
    this.#received = received;
    const taken = this.#uncredited.runs.filter(({ offset, bytes }) =>
      offset + bytes.length <= received
    );
    this.#uncredited.drop(taken.length);
    this.#credited.notify();
  }

  /** Returns the output without credit, oldest first. */
  uncredited(): readonly OutputMessage[] {
    return this.#uncredited.runs.map((run) => {
      const start = Math.max(run.offset, this.#received);
      return { ...run, offset: start, bytes: run.bytes.subarray(start - run.offset) };
    });
  }

  /** Drops the output without credit, and returns its size in bytes. */
  discard(): number {
    const discarded = this.pending;
    this.credit(this.#end);
    return discarded;
  }

  /**
   * Waits until there is room. After an abort it waits no longer: there is extra room for the last
   * output, and false once that is full.
   */
  async waitForRoom(signal: AbortSignal): Promise<boolean> {
    while (!this.#hasRoom() && !signal.aborted) await this.#credited.wait(signal).catch(() => {});
    return this.#hasRoom(
      ...(signal.aborted ? [OUTPUT_WINDOW_AFTER_CANCEL, OUTPUT_WINDOW_RUNS] : []),
    );
  }

  #hasRoom(moreBytes = 0, moreStretches = 0): boolean {
    return this.pending < OUTPUT_WINDOW + moreBytes &&
      this.#uncredited.length < OUTPUT_WINDOW_RUNS + moreStretches;
  }
}

/** Splits output into pieces that fit a message. */
export function* splitOutput(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += MAX_CHUNK) {
    yield bytes.subarray(start, start + MAX_CHUNK);
  }
}
