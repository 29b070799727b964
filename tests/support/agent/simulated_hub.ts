/**
 * A simulated hub: the other end of an agent's connection, honest or hostile, without the hub's
 * code. Records the agent's messages and can send any bytes: `await using hub = await
 * SimulatedHub.open(transport, "inproc://hub")`.
 * @module
 */
import { type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import { SPOKEN } from "../../../lib/protocol/session/version.ts";
import { type Hello, helloType } from "../../../lib/envelope/statements/session_statements.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import {
  type AgentMessage,
  decodeAgentMessage,
  encodeHubMessage,
  type HubMessage,
} from "../../../lib/protocol/agent/messages.ts";
import {
  listen,
  type Listener,
  type Pipe,
  randomSurveyId,
  RawSurveyor,
  type Transport,
} from "../../../lib/sp/mod.ts";
import { MessageLog } from "../message_log.ts";

/** A message of one kind. */
type Message<K extends AgentMessage["kind"]> = Extract<AgentMessage, { readonly kind: K }>;

/** A hub that greets agents and records their messages. */
export class SimulatedHub implements AsyncDisposable {
  readonly #log = new MessageLog<AgentMessage>();
  readonly #surveyor: RawSurveyor;
  readonly #greets: boolean;
  #listener: Listener | undefined;
  #pipe: Pipe | undefined;
  #changed = Promise.withResolvers<void>();

  /** Use {@linkcode SimulatedHub.open} instead. */
  constructor(greets: boolean) {
    this.#greets = greets;
    this.#surveyor = new RawSurveyor({
      attached: (pipe) => this.#attached(pipe),
      answer: (_pipe, _id, body) => this.#log.add(decodeAgentMessage(body)),
      detached: (pipe) => this.#detached(pipe),
    });
  }

  /** Listens on `url`; with `greets: false` it sends no welcome. */
  static async open(
    transport: Transport,
    url: string,
    options: { readonly greets?: boolean } = {},
  ): Promise<SimulatedHub> {
    const hub = new SimulatedHub(options.greets ?? true);
    const patterns = [hub.#surveyor];
    hub.#listener = await listen(url, { patterns, transports: [transport] });
    return hub;
  }

  /** The messages that the test has not taken. */
  get received(): AgentMessage[] {
    return this.#log.received;
  }

  /** Sends any bytes as a survey to the latest agent. */
  send(bytes: Uint8Array): void {
    if (this.#pipe) this.#surveyor.ask(this.#pipe, randomSurveyId(), bytes);
  }

  /** Sends any bytes as a whole message, without a survey's id. */
  sendRaw(bytes: Uint8Array): void {
    this.#pipe?.send(bytes);
  }

  /** Sends a valid message of a hub. */
  say(message: HubMessage): void {
    this.send(encodeHubMessage(message));
  }

  /** Takes the oldest message of `kind`; waits for one if there is none. */
  next<K extends AgentMessage["kind"]>(kind: K): Promise<Message<K>> {
    return this.#log.next(kind);
  }

  /** Waits for the result of request `id`, without an acknowledgement. */
  async result(id: string): Promise<Result> {
    return resultIn(await this.#log.take((message) => resultIn(message)?.id === id)) as Result;
  }

  /** Waits for an agent's hello. */
  async hello(): Promise<Hello> {
    return helloIn(await this.#log.take((message) => helloIn(message) !== undefined)) as Hello;
  }

  /** Resolves when the agent has handled all messages so far. */
  async heard(): Promise<void> {
    this.say({ kind: "ping" });
    await this.next("pong");
  }

  /** Resolves when an agent is attached. */
  async attached(): Promise<void> {
    while (!this.#pipe) await this.#changed.promise;
  }

  /** Resolves when no agent is attached. */
  async detached(): Promise<void> {
    while (this.#pipe) await this.#changed.promise;
  }

  /** Ends the connection to the agent, which redials. */
  async hangUp(): Promise<void> {
    await this.#pipe?.close();
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.close(0);
  }

  #attached(pipe: Pipe): void {
    this.#pipe = pipe;
    this.#tell();
    if (this.#greets) {
      this.say({ kind: "welcome", nonce: "0".repeat(64), version: "test", ...SPOKEN });
    }
  }

  #detached(pipe: Pipe): void {
    if (this.#pipe === pipe) this.#pipe = undefined;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function resultIn(message: AgentMessage): Result | undefined {
  return message.kind === "sealed" && isType(message.envelope, resultType.name)
    ? readUnverified(message.envelope, resultType).claimed
    : undefined;
}

function helloIn(message: AgentMessage): Hello | undefined {
  return message.kind === "sealed" && isType(message.envelope, helloType.name)
    ? readUnverified(message.envelope, helloType).claimed
    : undefined;
}

function isType(envelope: Uint8Array, name: string): boolean {
  return new TextDecoder().decode(envelope).includes(`"payloadType":"${name}"`);
}
