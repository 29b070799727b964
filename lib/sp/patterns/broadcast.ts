/**
 * Broadcast: one message to many pipes, now or later. It is encoded once for all of them.
 * @module
 */
import { Buffer } from "node:buffer";
import { encodeFrame, type Framing } from "../wire/framing.ts";
import type { Pipe } from "../wire/pipe.ts";
import { encodeSurveyId } from "./survey_header.ts";

/** One message; all pipes that queue it share its bytes. */
export class BroadcastMessage {
  readonly #parts: readonly Uint8Array[];
  readonly #frames: Partial<Record<Framing, Uint8Array>> = {};

  /** Creates a message from `parts`, which must not change afterwards. */
  constructor(...parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  /** Returns a survey with an `id` modulo 2^31 and a body made of parts. */
  static survey(id: number, ...body: readonly Uint8Array[]): BroadcastMessage {
    return new BroadcastMessage(encodeSurveyId(id), ...body);
  }

  /**
   * Sends the message to `pipe`.
   * @returns false, sending nothing, when the pipe has ended or the peer reads too slowly
   */
  sendTo(pipe: Pipe): boolean {
    return pipe.sendFrame(this.#frames[pipe.framing] ??= this.#frame(pipe.framing));
  }

  /** Returns a `Buffer`: `node:net` would convert any other array again for every socket. */
  #frame(framing: Framing): Uint8Array {
    return Buffer.from(encodeFrame(framing, ...this.#parts).buffer);
  }
}

/**
 * Sends one message made of `parts` to all of `pipes`, without waiting.
 * @returns how many pipes took it; the others have ended, or read too slowly
 */
export function broadcast(pipes: Iterable<Pipe>, ...parts: Uint8Array[]): number {
  const message = new BroadcastMessage(...parts);
  let sent = 0;
  for (const pipe of pipes) if (message.sendTo(pipe)) sent++;
  return sent;
}
