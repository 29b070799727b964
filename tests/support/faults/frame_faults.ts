/**
 * Injects faults into SP messages: duplicates, swapped order, and connections that end inside a
 * message.
 * @module
 */
import { systemClock } from "../../../lib/base/clock.ts";
import { encodeFrame, FrameDecoder } from "../../../lib/sp/wire/framing.ts";
import type { FaultFilter, ForwardTarget } from "./faulty_proxy.ts";

/** The probability of each fault for a message, between 0 and 1. */
export interface FaultRates {
  readonly duplicate: number;
  readonly reorder: number;
  readonly cut: number;
}

/** How many faults were injected. */
export interface FaultCounts {
  messages: number;
  duplicated: number;
  reordered: number;
  cut: number;
}

const HEADER = 8;
/** The longest delay of a message that another one is to overtake, in milliseconds. */
const OVERTAKING_MS = 20;

/** Creates a filter that injects faults at `rates` and adds them to `counts`. */
export function frameFaults(rates: FaultRates, counts: FaultCounts): FaultFilter {
  return (onward) => {
    const frames = new FaultyFrames(onward, rates, counts);
    return (bytes) => frames.take(bytes);
  };
}

/** One direction of one connection. */
class FaultyFrames {
  readonly #onward: ForwardTarget;
  readonly #rates: FaultRates;
  readonly #counts: FaultCounts;
  readonly #decoder = new FrameDecoder("tcp");
  #header = HEADER;
  #held: Uint8Array | undefined;

  constructor(onward: ForwardTarget, rates: FaultRates, counts: FaultCounts) {
    this.#onward = onward;
    this.#rates = rates;
    this.#counts = counts;
  }

  take(bytes: Uint8Array): void {
    const header = bytes.subarray(0, this.#header);
    this.#header -= header.length;
    if (header.length > 0) this.#onward.pass(header);
    this.#decoder.push(bytes.subarray(header.length));
    for (let body = this.#decoder.next(); body; body = this.#decoder.next()) {
      this.#frame(encodeFrame("tcp", body));
    }
  }

  #frame(frame: Uint8Array): void {
    const { duplicate, reorder, cut } = this.#rates;
    this.#counts.messages++;
    const chance = Math.random();
    if (chance < cut) return this.#cut(frame);
    if (chance < cut + reorder && !this.#held) return this.#hold(frame);
    this.#onward.pass(frame);
    if (this.#held) this.#counts.reordered++;
    this.#release();
    if (chance < cut + reorder || chance >= cut + reorder + duplicate) return;
    this.#counts.duplicated++;
    this.#onward.pass(frame);
  }

  #cut(frame: Uint8Array): void {
    this.#counts.cut++;
    this.#onward.pass(frame.subarray(0, 1 + Math.floor(Math.random() * (frame.length - 1))));
    this.#onward.cut();
  }

  #hold(frame: Uint8Array): void {
    this.#held = frame;
    const release = () => void (this.#held === frame && this.#release());
    systemClock.sleep(OVERTAKING_MS, this.#onward.over).then(release, () => {});
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#onward.pass(held);
  }
}
