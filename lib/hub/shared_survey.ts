/**
 * A message of the hub that goes to many agents: written once for all of them.
 * Imports `sp` and `envelope`.
 * @module
 */
import { encodeInputHeader } from "../envelope/input_message.ts";
import { encodeHubMessage, type HubMessage } from "../envelope/session.ts";
import { BroadcastMessage, type Pipe, randomSurveyId } from "../sp/mod.ts";

/** One message for many. */
export class SharedSurvey {
  /** What it says. */
  readonly message: HubMessage;
  readonly #shared: BroadcastMessage;

  /** Writes `message`; the bytes of a block of input must not change afterwards. */
  constructor(message: HubMessage) {
    this.message = message;
    this.#shared = BroadcastMessage.survey(randomSurveyId(), ...partsOf(message));
  }

  /** Sends it; false when the connection is over or the agent reads too slowly. */
  sendTo(pipe: Pipe): boolean {
    return this.#shared.sendTo(pipe);
  }
}

/** Input is long: it is not copied once more. */
function partsOf(message: HubMessage): readonly Uint8Array[] {
  if (message.kind === "input") return [encodeInputHeader(message), message.bytes];
  return [encodeHubMessage(message)];
}
