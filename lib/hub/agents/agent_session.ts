/**
 * The hub's side of one connection to an agent that has proved its name, and broadcast messages,
 * which are encoded once for many agents.
 * @module
 */
import type { PublicKey } from "../../envelope/keys/public_key.ts";
import type { Hello } from "../../envelope/statements/session_statements.ts";
import { encodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import { encodeInputHeader } from "../../protocol/agent/streams.ts";
import { BroadcastMessage, type Pipe, randomSurveyId, type RawSurveyor } from "../../sp/mod.ts";

/** An agent, as it introduced itself, and the way to it. */
export class AgentSession {
  /** What the agent says of itself. */
  readonly hello: Hello;
  /** The key that signed the hello; it signs the results, too. */
  readonly key: PublicKey;
  readonly #surveyor: RawSurveyor;
  readonly #pipe: Pipe;
  /** The pings whose answers are waited for, by their surveys. */
  readonly #pings = new Map<number, () => void>();
  #survey = randomSurveyId();

  /** Made once `hello` was verified with `key` on `pipe`. */
  constructor(hello: Hello, key: PublicKey, way: { surveyor: RawSurveyor; pipe: Pipe }) {
    this.hello = hello;
    this.key = key;
    this.#surveyor = way.surveyor;
    this.#pipe = way.pipe;
  }

  /** The name by which the agent is asked. */
  get name(): string {
    return this.hello.name;
  }

  /** Where it comes from, for people to read. */
  get remote(): string {
    return this.#pipe.remote;
  }

  /** Sends a message; false when the connection is over or the agent reads too slowly. */
  send(message: HubMessage): boolean {
    this.#survey = (this.#survey + 1) & 0x7fffffff;
    return this.#surveyor.ask(this.#pipe, this.#survey, encodeHubMessage(message));
  }

  /** Sends a message that goes to others, too; false as for {@linkcode AgentSession.send}. */
  sendShared(survey: AgentBroadcast): boolean {
    return survey.sendTo(this.#pipe);
  }

  /**
   * Resolves when the agent has read all that was sent to it before, and has said what it has to say
   * about it: it answers in the order in which it is asked. If the connection ends first, never.
   */
  takenIn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.send({ kind: "ping" })) this.#pings.set(this.#survey, resolve);
    return promise;
  }

  /** The agent has answered the ping that was sent as this `survey`. */
  receivePong(survey: number): void {
    this.#pings.get(survey)?.();
    this.#pings.delete(survey);
  }

  /** Waits until what was sent has left for the system; says whether the connection still is. */
  async flushed(): Promise<boolean> {
    await this.#pipe.flushed();
    return this.#pipe.isOpen;
  }

  /** Ends the connection. What was sent may leave for `flushMs` milliseconds. */
  async close(flushMs = 0): Promise<void> {
    await this.#pipe.close(flushMs);
  }
}

/** One message for many. */
export class AgentBroadcast {
  /** What it says. */
  readonly message: HubMessage;
  readonly #shared: BroadcastMessage;

  /** Writes `message`; the bytes of a block of input must not change afterwards. */
  constructor(message: HubMessage) {
    this.message = message;
    this.#shared = BroadcastMessage.survey(randomSurveyId(), ...encodeParts(message));
  }

  /** Sends it; false when the connection is over or the agent reads too slowly. */
  sendTo(pipe: Pipe): boolean {
    return this.#shared.sendTo(pipe);
  }
}

/** Input is long: it is not copied once more. */
function encodeParts(message: HubMessage): readonly Uint8Array[] {
  if (message.kind === "input") return [encodeInputHeader(message), message.bytes];
  return [encodeHubMessage(message)];
}
