/**
 * The flow-control window for the output of one command. Sent output is kept until the hub has
 * credited it, so that a broken connection loses none of it.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { type CreditBounds, CreditWindow } from "../../base/credit_window.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
  RunBuffer,
} from "../../protocol/agent/streams.ts";

const BOUNDS: CreditBounds = { bytes: OUTPUT_WINDOW, pieces: OUTPUT_WINDOW_RUNS };
/** The extra room for the last output of a cancelled command. */
const EXTRA_AFTER_CANCEL = { bytes: OUTPUT_WINDOW_AFTER_CANCEL, pieces: OUTPUT_WINDOW_RUNS };

/**
 * Output without credit: at most {@linkcode OUTPUT_WINDOW} bytes and one chunk while the command
 * runs, in {@linkcode OUTPUT_WINDOW_RUNS} runs.
 */
export class SendWindow {
  readonly #id: string;
  /** Counts both streams together; its pieces are the runs of `#uncredited`. */
  readonly #window: CreditWindow;
  readonly #uncredited = new RunBuffer<OutputMessage>();
  readonly #credited = new Notifier();

  /**
   * Creates an empty window for the output of request `id`; `resumed` if an earlier process sent
   * some.
   */
  constructor(id: string, { resumed = false }: { readonly resumed?: boolean } = {}) {
    this.#id = id;
    this.#window = new CreditWindow(BOUNDS, { resumed });
  }

  /** How many bytes have no credit. */
  get pending(): number {
    return this.#window.pending;
  }

  /** Adds at most {@linkcode MAX_CHUNK} bytes of output, which the window owns from now on. */
  add(stream: OutputMessage["stream"], bytes: Uint8Array): OutputMessage {
    const offset = this.#window.end;
    const message = { kind: "output", id: this.#id, stream, offset, bytes } as const;
    this.#window.add(bytes.length, { joined: this.#uncredited.joins(message) });
    this.#uncredited.add(message);
    this.#dropCredited();
    return message;
  }

  /**
   * Drops the credited output. An old number changes nothing. A number out of range counts only for
   * output of an earlier process.
   */
  credit(received: number): void {
    if (!this.#window.credit(received)) return;
    this.#dropCredited();
    this.#credited.notify();
  }

  /** Returns the output without credit, oldest first. */
  uncredited(): readonly OutputMessage[] {
    return this.#uncredited.runs.map((run) => {
      const start = Math.max(run.offset, this.#window.credited);
      return { ...run, offset: start, bytes: run.bytes.subarray(start - run.offset) };
    });
  }

  /** Drops the output without credit, and returns its size in bytes. */
  discard(): number {
    const discarded = this.pending;
    this.credit(this.#window.end);
    return discarded;
  }

  /**
   * Waits until there is room. After an abort it waits no longer: there is extra room for the last
   * output, and false once that is full.
   */
  async waitForRoom(signal: AbortSignal): Promise<boolean> {
    while (!this.#window.hasRoom() && !signal.aborted) {
      await this.#credited.wait(signal).catch(() => {});
    }
    return this.#window.hasRoom(signal.aborted ? EXTRA_AFTER_CANCEL : undefined);
  }

  #dropCredited(): void {
    this.#uncredited.drop(this.#uncredited.length - this.#window.pieces);
  }
}

/** Splits output into pieces that fit a message. */
export function* splitOutput(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += MAX_CHUNK) {
    yield bytes.subarray(start, start + MAX_CHUNK);
  }
}
