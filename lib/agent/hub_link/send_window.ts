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
 * Output that the hub has not taken yet: never more than {@linkcode OUTPUT_WINDOW} bytes and one chunk while
 * the command runs, in {@linkcode OUTPUT_WINDOW_RUNS} stretches.
 */
export class SendWindow {
  readonly #id: string;
  /** What the hub has not taken; offsets count both streams together. */
  readonly #uncredited = new RunBuffer<OutputMessage>();
  /** How many bytes the hub has taken. */
  #received = 0;
  /** How many bytes have been put in. */
  #end = 0;
  /** What a hub says that it has taken, though an agent's new process has not put it in again. */
  #creditedAhead = 0;
  readonly #credited = new Notifier();

  readonly #resumed: boolean;

  /** Makes an empty window for the output of request `id`, from which some may have come before. */
  constructor(id: string, { resumed = false }: { readonly resumed?: boolean } = {}) {
    this.#id = id;
    this.#resumed = resumed;
  }

  /** Bytes that were put in and not taken by the hub. */
  get pending(): number {
    return this.#end - this.#received;
  }

  /** Adds at most {@linkcode MAX_CHUNK} bytes of output, which are the window's from now on. */
  add(stream: OutputMessage["stream"], bytes: Uint8Array): OutputMessage {
    const message = { kind: "output", id: this.#id, stream, offset: this.#end, bytes } as const;
    this.#uncredited.add(message);
    this.#end += bytes.length;
    this.credit(Math.min(this.#creditedAhead, this.#end));
    return message;
  }

  /**
   * Forgets what the hub has taken; an old number changes nothing, and one that cannot be counts for
   * the output of an earlier process only.
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

  /** What the hub has still to take, oldest first. */
  uncredited(): readonly OutputMessage[] {
    return this.#uncredited.runs.map((run) => {
      const start = Math.max(run.offset, this.#received);
      return { ...run, offset: start, bytes: run.bytes.subarray(start - run.offset) };
    });
  }

  /** Forgets all that the hub has not taken, and says how much that was. */
  discard(): number {
    const discarded = this.pending;
    this.credit(this.#end);
    return discarded;
  }

  /**
   * Waits until there is room for more. When the signal is aborted it waits no longer: then there
   * is room for what a command says at its end, and false when even that is used up.
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

/** Cuts output into pieces that fit a message. */
export function* splitOutput(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += MAX_CHUNK) {
    yield bytes.subarray(start, start + MAX_CHUNK);
  }
}
