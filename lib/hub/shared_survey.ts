/**
 * A message of the hub that goes to many agents: written once for all of them.
 * Imports `sp` and `envelope`.
 * @module
 */
import { encodeHubMessage, type HubMessage } from "../envelope/session.ts";
import { type Pipe, randomId, SharedMessage } from "../sp/mod.ts";

/** One message for many. */
export class SharedSurvey {
  /** What it says. */
  readonly message: HubMessage;
  readonly #shared: SharedMessage;

  /** Writes `message`. */
  constructor(message: HubMessage) {
    this.message = message;
    this.#shared = SharedMessage.survey(randomId(), encodeHubMessage(message));
  }

  /** Sends it; false when the connection is over or the agent reads too slowly. */
  sendTo(pipe: Pipe): boolean {
    return this.#shared.sendTo(pipe);
  }
}
