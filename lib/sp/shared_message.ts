/**
 * A message that goes to many pipes, now or later: framed once for all of them, in the form that
 * costs least to write.
 * @module
 */
import { Buffer } from "node:buffer";
import { encodeId } from "./hops.ts";
import { encodeFrame, type Framing } from "./framing.ts";
import type { Pipe } from "./pipe.ts";

/** One message; pipes that it waits in share its bytes. */
export class SharedMessage {
  readonly #parts: readonly Uint8Array[];
  readonly #frames: Partial<Record<Framing, Uint8Array>> = {};

  /** A message made of `parts`, which must not change afterwards. */
  constructor(...parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  /** A survey whose `id` counts modulo 2^31, with a body made of parts. */
  static survey(id: number, ...body: readonly Uint8Array[]): SharedMessage {
    return new SharedMessage(encodeId(id), ...body);
  }

  /**
   * Sends it.
   * @returns false, sending nothing, when the pipe is over or the peer reads too slowly
   */
  sendTo(pipe: Pipe): boolean {
    return pipe.sendFrame(this.#frames[pipe.framing] ??= this.#frame(pipe.framing));
  }

  /** A `Buffer`, because `node:net` would make one of any other array, again for every socket. */
  #frame(framing: Framing): Uint8Array {
    return Buffer.from(encodeFrame(framing, ...this.#parts).buffer);
  }
}
