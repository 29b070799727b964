/**
 * Broadcast: one message to many pipes, now or later. It is framed once for all of them, in the
 * form that costs least to write.
 * @module
 */
import { Buffer } from "node:buffer";
import { encodeFrame, type Framing } from "../wire/framing.ts";
import type { Pipe } from "../wire/pipe.ts";
import { encodeSurveyId } from "./survey_header.ts";

/** One message; pipes that it waits in share its bytes. */
export class BroadcastMessage {
  readonly #parts: readonly Uint8Array[];
  readonly #frames: Partial<Record<Framing, Uint8Array>> = {};

  /** A message made of `parts`, which must not change afterwards. */
  constructor(...parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  /** A survey whose `id` counts modulo 2^31, with a body made of parts. */
  static survey(id: number, ...body: readonly Uint8Array[]): BroadcastMessage {
    return new BroadcastMessage(encodeSurveyId(id), ...body);
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

/**
 * Sends one message made of `parts` to all of `pipes`, waiting for none of them.
 * @returns how many it was sent to; the others are over, or read too slowly
 */
export function broadcast(pipes: Iterable<Pipe>, ...parts: Uint8Array[]): number {
  const message = new BroadcastMessage(...parts);
  let sent = 0;
  for (const pipe of pipes) if (message.sendTo(pipe)) sent++;
  return sent;
}
