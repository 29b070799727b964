/**
 * Receives the output of one host and passes it to a sink that may be slow: in order, each byte
 * once, and never more in memory than the flow-control window allows.
 * @module
 */
import { CreditSteps, CreditWindow } from "../../base/credit_window.ts";
import {
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
  RunBuffer,
} from "../../protocol/agent/streams.ts";

/** The sink of the output and the receiver of credit. */
export interface IntakeActions {
  /** Consumes a chunk; a promise delays the next one. */
  take(output: OutputMessage): Promise<void> | void;
  /** Credits the first `consumed` bytes, at least half a window more than before. */
  credit(consumed: number): void;
}

/** As much as agents may send ahead. They split runs at other offsets, so a few more runs may wait. */
const BOUNDS = {
  bytes: OUTPUT_WINDOW + OUTPUT_WINDOW_AFTER_CANCEL,
  pieces: 3 * OUTPUT_WINDOW_RUNS + 1,
};
const CREDIT_STEP = { bytes: OUTPUT_WINDOW / 2, pieces: OUTPUT_WINDOW_RUNS / 2 };

/** Receives the output of one command. */
export class OutputIntake {
  readonly #actions: IntakeActions;
  readonly #waiting = new RunBuffer<OutputMessage>();
  /** The received output that the sink has not consumed. */
  readonly #window: CreditWindow;
  /** Counts a change of the stream as a piece. */
  readonly #steps: CreditSteps;
  #busy = false;
  /** The stream of the last chunk that the sink has consumed. */
  #stream: OutputMessage["stream"] | undefined;

  /** Starts at the first byte, or after the bytes that an earlier process has consumed. */
  constructor(actions: IntakeActions, consumed = 0) {
    this.#actions = actions;
    this.#window = new CreditWindow(BOUNDS, { start: consumed });
    this.#steps = new CreditSteps(CREDIT_STEP, { start: consumed });
  }

  /** How many bytes the sink has consumed; an agent that attaches again continues from there. */
  get consumed(): number {
    return this.#window.credited;
  }

  /**
   * Receives the new bytes of a chunk, which may overlap known ones after a lost connection. Drops
   * chunks after a gap and chunks beyond the window.
   */
  add(output: OutputMessage): void {
    const known = this.#window.end - output.offset;
    if (known < 0 || known >= output.bytes.length || !this.#window.hasRoom()) return;
    const bytes = output.bytes.subarray(known);
    const piece = { ...output, offset: output.offset + known, bytes };
    this.#window.add(bytes.length, { joined: this.#waiting.joins(piece) });
    this.#waiting.add(piece);
    if (!this.#busy) void this.#handOn();
  }

  /** Ends the output: hands over what waits, without waiting for the sink. */
  finish(): void {
    for (let run = this.#waiting.shift(); run; run = this.#waiting.shift()) {
      this.#actions.take(run)?.catch(() => {});
    }
  }

  async #handOn(): Promise<void> {
    this.#busy = true;
    for (let output = this.#waiting.shift(); output; output = this.#waiting.shift()) {
      const pending = this.#actions.take(output);
      // A sink that fails loses its output, but the command continues.
      if (pending) await pending.catch(() => {});
      this.#countConsumed(output);
    }
    this.#busy = false;
  }

  #countConsumed({ stream, bytes }: OutputMessage): void {
    this.#window.credit(this.#window.credited + bytes.length);
    const credit = this.#steps.consume(bytes.length, { joined: stream === this.#stream });
    this.#stream = stream;
    if (credit !== undefined) this.#actions.credit(credit);
  }
}
