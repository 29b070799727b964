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

/** Where output goes, and who is told. */
export interface IntakeActions {
  /** Takes a chunk; a promise holds back the next one. */
  take(output: OutputMessage): Promise<void> | void;
  /** The sink is done with the first `taken` bytes, and at least half a window more than before. */
  credit(taken: number): void;
}

/** How many bytes, and how many stretches, wait here at most: what agents may send ahead. */
const MAX_WAITING = OUTPUT_WINDOW + OUTPUT_WINDOW_AFTER_CANCEL;
/** Agents cut what is longer than a chunk elsewhere, so there may be some more here. */
const MAX_RUNS = 3 * OUTPUT_WINDOW_RUNS;

/** Takes in what one command prints. */
export class OutputIntake {
  readonly #actions: IntakeActions;
  readonly #waiting = new RunBuffer<OutputMessage>();
  #busy = false;
  #received: number;
  #taken: number;
  #credited: number;
  /** The stream that was handed on last, and how often that has changed since the last credit. */
  #stream: OutputMessage["stream"] | undefined;
  #turns = 0;

  /** Begins with the first byte, or behind those that a process before this one was done with. */
  constructor(actions: IntakeActions, taken = 0) {
    this.#actions = actions;
    this.#received = this.#taken = this.#credited = taken;
  }

  /** How many bytes the sink is done with: an agent that comes back goes on from there. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes in what is new in a chunk: after a lost connection it may begin before what is known.
   * Chunks that leave a gap are dropped, and so are those that no agent may send yet.
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

  /** Nothing more comes: hands over what waits, without waiting any longer. */
  finish(): void {
    for (let run = this.#waiting.shift(); run; run = this.#waiting.shift()) {
      this.#actions.take(run)?.catch(() => {});
    }
  }

  async #handOn(): Promise<void> {
    this.#busy = true;
    for (let output = this.#waiting.shift(); output; output = this.#waiting.shift()) {
      const taking = this.#actions.take(output);
      // What a sink cannot take is its own loss; the command goes on.
      if (taking) await taking.catch(() => {});
      this.#taken += output.bytes.length;
      if (output.stream !== this.#stream) this.#turns++;
      this.#stream = output.stream;
      this.#giveCredit();
    }
    this.#busy = false;
  }

  /** An agent that learns of every chunk has nothing else to read. */
  #giveCredit(): void {
    const isHalf = this.#taken - this.#credited >= OUTPUT_WINDOW / 2 ||
      this.#turns >= OUTPUT_WINDOW_RUNS / 2;
    if (!isHalf) return;
    this.#credited = this.#taken;
    this.#turns = 0;
    this.#actions.credit(this.#taken);
  }
}
