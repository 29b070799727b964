/**
 * A block of input as a message to many agents: written once for all of them.
 * Imports `sp` and `envelope`.
 * @module
 */
import { encodeInputHeader, type Input } from "../envelope/input_message.ts";
import { type Pipe, randomId, SharedMessage } from "../sp/mod.ts";

/** One message for many. */
export class SharedSurvey {
  /** What it says. */
  readonly message: Input;
  readonly #shared: SharedMessage;

  /** Writes `message`, whose bytes must not change afterwards. */
  constructor(message: Input) {
    this.message = message;
    this.#shared = SharedMessage.survey(randomId(), encodeInputHeader(message), message.bytes);
  }

  /** Sends it; false when the connection is over or the agent reads too slowly. */
  sendTo(pipe: Pipe): boolean {
    return this.#shared.sendTo(pipe);
  }
}
