/**
 * The output of one host on its way from the agent to a sink that may be slow: in order, each byte
 * once, and in memory never more of it than agents may send ahead. Imports `envelope`.
 * @module
 */
import { LAST_WORDS, type Output, WINDOW } from "../envelope/session.ts";

/** Where output goes, and who is told. */
export interface IntakeActions {
  /** Takes a chunk; a promise holds back the next one. */
  take(output: Output): Promise<void> | void;
  /** The sink is done with the first `taken` bytes, and at least half a window more than before. */
  credit(taken: number): void;
}

/** Takes in what one command prints. */
export class OutputIntake {
  readonly #actions: IntakeActions;
  #waiting: Output[] = [];
  #busy = false;
  #received: number;
  #taken: number;
  #credited: number;

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
  put(output: Output): void {
    const known = this.#received - output.offset;
    if (known < 0 || known >= output.bytes.length) return;
    if (this.#received - this.#taken >= WINDOW + LAST_WORDS) return;
    const bytes = output.bytes.subarray(known);
    this.#received += bytes.length;
    this.#waiting.push({ ...output, offset: output.offset + known, bytes });
    if (!this.#busy) void this.#handOn();
  }

  /** Nothing more comes: hands over what waits, without waiting any longer. */
  finish(): void {
    for (const output of this.#waiting.splice(0)) this.#actions.take(output)?.catch(() => {});
  }

  async #handOn(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const taking = this.#actions.take(next);
      // What a sink cannot take is its own loss; the command goes on.
      if (taking) await taking.catch(() => {});
      this.#taken += next.bytes.length;
      this.#giveCredit();
    }
    this.#busy = false;
  }

  /** An agent that learns of every chunk has nothing else to read. */
  #giveCredit(): void {
    if (this.#taken - this.#credited < WINDOW / 2) return;
    this.#credited = this.#taken;
    this.#actions.credit(this.#taken);
  }
}
