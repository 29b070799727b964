/**
 * Receives the output of one host and passes it to a sink that may be slow: in order, each byte
 * once, and never more in memory than the flow-control window allows.
 * @module
 */
import {
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
  RunBuffer,
} from "../../protocol/agent/streams.ts";

/** The sink of the output and the receiver of credit. */
export interface IntakeActions {
  /** Takes a chunk; a promise delays the next one. */
  take(output: OutputMessage): Promise<void> | void;
  /** Credits the first `taken` bytes, at least half a window more than before. */
  credit(taken: number): void;
}

/** How many bytes, and how many runs, may wait here: as much as agents may send ahead. */
const MAX_WAITING = OUTPUT_WINDOW + OUTPUT_WINDOW_AFTER_CANCEL;
/** Agents split runs into chunks at other offsets, so there may be a few more here. */
const MAX_RUNS = 3 * OUTPUT_WINDOW_RUNS;

/** Receives the output of one command. */
export class OutputIntake {
  readonly #actions: IntakeActions;
  readonly #waiting = new RunBuffer<OutputMessage>();
  #busy = false;
  #received: number;
  #taken: number;
  #credited: number;
  /** The stream of the last chunk, and how often it has changed since the last credit. */
  #stream: OutputMessage["stream"] | undefined;
  #switches = 0;

  /** Starts at the first byte, or after the bytes that an earlier process has taken. */
  constructor(actions: IntakeActions, taken = 0) {
    this.#actions = actions;
    this.#received = this.#taken = this.#credited = taken;
  }

  /** How many bytes the sink has taken; an agent that attaches again continues from there. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Receives the new bytes of a chunk, which may overlap known ones after a lost connection. Drops
   * chunks after a gap and chunks beyond the window.
   */
  add(output: OutputMessage): void {
    const known = this.#received - output.offset;
    if (known < 0 || known >= output.bytes.length) return;
    if (this.#received - this.#taken >= MAX_WAITING) return;
    const bytes = output.bytes.subarray(known);
    const piece = { ...output, offset: output.offset + known, bytes };
    if (!this.#waiting.joins(piece) && this.#waiting.length >= MAX_RUNS) return;
    this.#waiting.add(piece);
    this.#received += bytes.length;
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
      const taking = this.#actions.take(output);
      // A sink that fails loses its output, but the command continues.
      if (taking) await taking.catch(() => {});
      this.#taken += output.bytes.length;
      if (output.stream !== this.#stream) this.#switches++;
      this.#stream = output.stream;
      this.#giveCredit();
    }
    this.#busy = false;
  }

  /** Sends credit in large steps, because an agent should not have to read one per chunk. */
  #giveCredit(): void {
    const isHalf = this.#taken - this.#credited >= OUTPUT_WINDOW / 2 ||
      this.#switches >= OUTPUT_WINDOW_RUNS / 2;
    if (!isHalf) return;
    this.#credited = this.#taken;
    this.#switches = 0;
    this.#actions.credit(this.#taken);
  }
}
