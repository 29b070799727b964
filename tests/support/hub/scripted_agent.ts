/**
 * An agent that sends what a test scripts, over the real protocol and with a real key.
 *
 *     await using agent = await ScriptedAgent.attach(hub, { name: "web1" });
 *     const { envelope } = await agent.next("sealed");
 *     agent.say({ kind: "delivered", id });
 * @module
 */
import { concat } from "../../../lib/base/bytes.ts";
import { type Hello, helloType } from "../../../lib/envelope/statements/session_statements.ts";
import { type Outcome, type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import {
  type AgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  type HubMessage,
} from "../../../lib/protocol/agent/messages.ts";
import {
  dial,
  type Dialer,
  RawRespondent,
  type RawSurvey,
  type Transport,
} from "../../../lib/sp/mod.ts";
import { SPOKEN } from "../../../lib/protocol/session/version.ts";
import { MessageLog } from "../message_log.ts";

/** The hub to attach to. */
export interface HubAddress {
  readonly url: string;
  readonly transport: Transport;
}

/** The fields of the agent's hello, and its key. */
export interface ScriptedAgentOptions extends Partial<Omit<Hello, "v" | "publicKey">> {
  readonly key?: SecretKey;
  /** Suppresses the hello. */
  readonly silent?: boolean;
}

/** A message of one kind. */
type Message<K extends HubMessage["kind"]> = Extract<HubMessage, { readonly kind: K }>;

/** One connection to a hub, without redialling. */
export class ScriptedAgent implements AsyncDisposable {
  readonly name: string;
  readonly key: SecretKey;
  readonly #log = new MessageLog<HubMessage>();
  readonly #options: ScriptedAgentOptions;
  readonly #dialer: Dialer;
  readonly #respondent: RawRespondent;
  readonly #gone = Promise.withResolvers<void>();
  #welcome: RawSurvey | undefined;

  /** Use {@linkcode ScriptedAgent.attach} instead. */
  constructor(place: HubAddress, options: ScriptedAgentOptions) {
    this.#options = options;
    this.name = options.name ?? "web1";
    this.key = options.key ?? generateSecretKey(this.name);
    this.#respondent = new RawRespondent({
      survey: (survey) => this.#receive(survey),
      detached: () => this.#gone.resolve(),
    });
    this.#dialer = dial(place.url, {
      patterns: [this.#respondent],
      transports: [place.transport],
      redialMs: 1_000_000_000,
      random: () => 0.999,
    });
  }

  /** Attaches, and waits for the hub's welcome. */
  static async attach(
    place: HubAddress,
    options: ScriptedAgentOptions = {},
  ): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(place, options);
    await agent.next("welcome");
    return agent;
  }

  /** The messages that the test has not taken. */
  get received(): HubMessage[] {
    return this.#log.received;
  }

  /** Resolves when the connection has ended. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Sends a message. */
  say(message: AgentMessage): boolean {
    return this.answer(concat(encodeAgentMessage(message)));
  }

  /** Sends any `bytes`. */
  answer(bytes: Uint8Array): boolean {
    if (!this.#welcome) throw new Error("there was no welcome yet");
    return this.#respondent.answer(this.#welcome, bytes);
  }

  /** Sends the hello. */
  introduce(nonce: string): void {
    const body: Hello = {
      nonce,
      epoch: 1,
      version: "0",
      facts: {},
      running: [],
      held: [],
      insecure: false,
      clockMs: 0,
      ...SPOKEN,
      ...hello(this.#options),
      v: 1,
      name: this.name,
      publicKey: this.key.publicKey.base64,
    };
    this.say({ kind: "sealed", envelope: signEnvelope(helloType, body, [this.key]) });
  }

  /** Signs and sends a result. */
  end(request: { readonly id: string; readonly digest: string }, end: Partial<Result> = {}): void {
    const body = { ...resultOf(request, this.name), ...end };
    this.say({ kind: "sealed", envelope: signEnvelope(resultType, body, [this.key]) });
  }

  /** Takes the oldest message of `kind`; waits for one if there is none. */
  next<K extends HubMessage["kind"]>(kind: K): Promise<Message<K>> {
    return this.#log.next(kind);
  }

  /** Returns how many messages of `kind` the test has not taken. */
  count(kind: HubMessage["kind"]): number {
    return this.received.filter((message) => message.kind === kind).length;
  }

  /** Disconnects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dialer.close();
  }

  #receive(survey: RawSurvey): void {
    const message = decodeHubMessage(survey.body);
    if (message.kind === "welcome") {
      this.#welcome = survey;
      if (!this.#options.silent) this.introduce(message.nonce);
    }
    this.#log.add(message);
  }
}

/** Returns the result of a command without output. */
export function resultOf(
  request: { readonly id: string; readonly digest: string },
  agent: string,
  outcome: Outcome = { kind: "exited", code: 0 },
): Result {
  const nothing = { bytes: 0, kept: 0, sha256: SHA256_OF_NOTHING };
  return {
    v: 1,
    id: request.id,
    request: request.digest,
    agent,
    seq: 0,
    outcome,
    startMs: 1_000,
    endMs: 3_500,
    out: nothing,
    err: nothing,
    auditHead: "0".repeat(64),
  };
}

const SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function hello({ key: _key, silent: _silent, ...rest }: ScriptedAgentOptions): Partial<Hello> {
  return rest;
}
