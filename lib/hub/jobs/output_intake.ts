/**
 * Receives the output of one host and passes it to a sink that may be slow: in order, each byte
 * once, and never more in memory than the flow-control window allows.
 * @module
 */
import { ByteCollector } from "../../base/bytes.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
} from "../../protocol/agent/messages.ts";

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

/** Output of one stream without any of the other in between, to which what follows is added. */
interface StreamRun {
  readonly output: OutputMessage;
  readonly collector: ByteCollector;
}

/** Takes in what one command prints. */
export class OutputIntake {
  readonly #actions: IntakeActions;
  #waiting: StreamRun[] = [];
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
    if (!this.#keep({ ...output, offset: output.offset + known, bytes })) return;
    this.#received += bytes.length;
    if (!this.#busy) void this.#handOn();
  }

  /** Nothing more comes: hands over what waits, without waiting any longer. */
  finish(): void {
    for (const stretch of this.#waiting.splice(0)) {
      this.#actions.take(outputOf(stretch))?.catch(() => {});
    }
  }

  /** Many small chunks cost more than their bytes, so those that wait become few large ones. */
  #keep(output: OutputMessage): boolean {
    const last = this.#waiting.at(-1);
    if (last?.output.stream === output.stream && last.collector.fits(output.bytes)) {
      last.collector.add(output.bytes);
      return true;
    }
    if (this.#waiting.length >= MAX_RUNS) return false;
    this.#waiting.push({ output, collector: new ByteCollector(MAX_CHUNK, output.bytes) });
    return true;
  }

  async #handOn(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const output = outputOf(next);
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

function outputOf({ output, collector }: StreamRun): OutputMessage {
  return { ...output, bytes: collector.bytes() };
}
