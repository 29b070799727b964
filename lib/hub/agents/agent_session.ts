/**
 * The hub's side of one connection to an authenticated agent, and broadcast messages, which are
 * encoded once for many agents.
 * @module
 */
import type { PublicKey } from "../../envelope/keys/public_key.ts";
import type { Hello } from "../../envelope/statements/session_statements.ts";
import { encodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import { encodeInputHeader } from "../../protocol/agent/streams.ts";
import { BroadcastMessage, type Pipe, randomSurveyId, type RawSurveyor } from "../../sp/mod.ts";

/** An authenticated agent and its connection. */
export class AgentSession {
  /** The agent's hello. */
  readonly hello: Hello;
  /** The key that signed the hello; it signs the results, too. */
  readonly key: PublicKey;
  readonly #surveyor: RawSurveyor;
  readonly #pipe: Pipe;
  /** The pings without a pong, by survey. */
  readonly #pings = new Map<number, () => void>();
  #survey = randomSurveyId();

  /** Creates a session after `hello` was verified with `key` on `pipe`. */
  constructor(hello: Hello, key: PublicKey, way: { surveyor: RawSurveyor; pipe: Pipe }) {
    this.hello = hello;
    this.key = key;
    this.#surveyor = way.surveyor;
    this.#pipe = way.pipe;
  }

  /** The name of the agent. */
  get name(): string {
    return this.hello.name;
  }

  /** The address of the agent, for people. */
  get remote(): string {
    return this.#pipe.remote;
  }

  /** The network address that the agent counts for; empty on a local transport. */
  get network(): string {
    return this.#pipe.address;
  }

  /** Sends a message; false if the connection has ended or the agent reads too slowly. */
  send(message: HubMessage): boolean {
    this.#survey = (this.#survey + 1) & 0x7fffffff;
    return this.#surveyor.ask(this.#pipe, this.#survey, encodeHubMessage(message));
  }

  /** Sends a broadcast message; false as for {@linkcode AgentSession.send}. */
  sendBroadcast(survey: AgentBroadcast): boolean {
    return survey.sendTo(this.#pipe);
  }

  /**
   * Resolves when the agent has read all earlier messages and has replied to them: it answers in
   * order. Never resolves if the connection ends first.
   */
  takenIn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.send({ kind: "ping" })) this.#pings.set(this.#survey, resolve);
    return promise;
  }

  /** Receives the pong to this `survey`. */
  receivePong(survey: number): void {
    this.#pings.get(survey)?.();
    this.#pings.delete(survey);
  }

  /** Waits until all messages are sent; returns whether the connection still exists. */
  async flushed(): Promise<boolean> {
    await this.#pipe.flushed();
    return this.#pipe.isOpen;
  }

  /** Ends the connection. Queued messages may be sent for up to `flushMs` milliseconds. */
  async close(flushMs = 0): Promise<void> {
    await this.#pipe.close(flushMs);
  }
}

/** One encoded message for many agents. */
export class AgentBroadcast {
  /** The message. */
  readonly message: HubMessage;
  readonly #shared: BroadcastMessage;

  /** Encodes `message`; the bytes of a block of input must not change afterwards. */
  constructor(message: HubMessage) {
    this.message = message;
    this.#shared = BroadcastMessage.survey(randomSurveyId(), ...encodeParts(message));
  }

  /** Sends the message; false if the connection has ended or the agent reads too slowly. */
  sendTo(pipe: Pipe): boolean {
    return this.#shared.sendTo(pipe);
  }
}

/** Encodes a message in parts. Input is long, so it is not copied again. */
function encodeParts(message: HubMessage): readonly Uint8Array[] {
  if (message.kind === "input") return [encodeInputHeader(message), message.bytes];
  return [encodeHubMessage(message)];
}
