/**
 * Keeps the agent's sessions with hubs. It answers a hub's welcome with a signed hello, then
 * carries messages both ways. A hub counts as lost after the idle timeout.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { IdleTimeout } from "../../base/heartbeat.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import {
  type Hello,
  helloType,
  type SpokenProtocol,
} from "../../envelope/statements/session_statements.ts";
import { signEnvelope } from "../../envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import {
  type AgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  type HubMessage,
  type Rejected,
  type Welcome,
} from "../../protocol/agent/messages.ts";
import { agreeProtocol, spokenAt } from "../../protocol/session/version.ts";
import { type Pipe, type PipeEnd, RawRespondent, type RawSurvey } from "../../sp/mod.ts";
import type { HubSession } from "./outbox.ts";

/** The identity of the agent. */
export interface AgentIdentity {
  /** The agent's name. */
  readonly name: string;
  /** The agent's own key. */
  readonly key: SecretKey;
  /** The version of the agent, for people. */
  readonly version: string;
}

/** Receives the events of hub sessions. Its functions must not throw or wait. */
export interface HubSessionHandler {
  /** Returns the fields of a hello besides the identity. */
  helloFields(): Pick<Hello, "facts" | "running" | "held" | "insecure" | "clockMs" | "epoch">;
  /** A hub has sent its welcome and received the hello. */
  attached(session: HubSession, hubVersion: string): void;
  /** A message from a hub that has sent its welcome. */
  message(session: HubSession, message: Exclude<HubMessage, Welcome | Rejected>): void;
  /** The hub knows this name by another key, and disconnects. */
  turnedAway(remote: string): void;
  /** The hub speaks a protocol that is too old; the connection is closed. */
  outdatedHub(remote: string, hubVersion: string): void;
  /** A message that no hub sends. */
  malformed(remote: string, problem: string): void;
  /** The idle timeout of a hub has passed; the connection is closed. */
  timedOut(remote: string): void;
  /** A session has ended. */
  detached(session: HubSession, end: PipeEnd): void;
}

/** The connections to hubs: one {@linkcode HubSession} for each hub that has sent its welcome. */
export class HubSessions {
  /** The pattern that dials hubs. */
  readonly pattern: RawRespondent;
  readonly #identity: AgentIdentity;
  readonly #handler: HubSessionHandler;
  readonly #clock: Clock;
  readonly #sessions = new Map<Pipe, PipeHubSession>();
  readonly #watches = new Map<Pipe, IdleTimeout>();

  /** Introduces the agent as `identity` and passes messages to `handler`. */
  constructor(identity: AgentIdentity, handler: HubSessionHandler, clock: Clock = systemClock) {
    this.#identity = identity;
    this.#handler = handler;
    this.#clock = clock;
    this.pattern = new RawRespondent({
      attached: (pipe) => this.#watch(pipe),
      survey: (survey) => this.#receive(survey),
      malformed: (pipe) => handler.malformed(pipe.remote, "not a survey"),
      detached: (pipe, end) => this.#detach(pipe, end),
    });
  }

  /** Watches the heartbeat of a hub, which pings every few seconds. */
  #watch(pipe: Pipe): void {
    const gone = () => {
      this.#handler.timedOut(pipe.remote);
      void pipe.close();
    };
    this.#watches.set(pipe, new IdleTimeout(gone, this.#clock));
  }

  #receive(survey: RawSurvey): void {
    try {
      const message = decodeHubMessage(survey.body);
      // A malformed message does not count as a heartbeat.
      this.#watches.get(survey.pipe)?.heard();
      this.#handle(survey, message);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#handler.malformed(survey.pipe.remote, error.message);
    }
  }

  #handle(survey: RawSurvey, message: HubMessage): void {
    const session = this.#sessions.get(survey.pipe);
    const { remote } = survey.pipe;
    if (message.kind !== "welcome") {
      // check: welcome-first
      if (!session) this.#handler.malformed(remote, "a message before the welcome");
      else if (message.kind === "turned-away") this.#handler.turnedAway(remote);
      else this.#handler.message(this.#answering(session, survey, message), message);
    } else if (session) this.#handler.malformed(remote, "a second welcome"); // check: second-welcome
    else this.#greet(survey, message);
  }

  /**
   * Returns a session that answers this survey. A pong names its ping, so the hub knows that
   * everything before it was received.
   */
  #answering(session: PipeHubSession, survey: RawSurvey, { kind }: HubMessage): PipeHubSession {
    return kind === "ping" ? new PipeHubSession(this.pattern, survey) : session;
  }

  #greet(survey: RawSurvey, welcome: Welcome): void {
    const protocol = agreeProtocol(welcome.protocol);
    if (protocol === undefined) { // check: outdated-hub
      this.#handler.outdatedHub(survey.pipe.remote, welcome.version);
      return void survey.pipe.close();
    }
    const session = new PipeHubSession(this.pattern, survey);
    const fields = { ...this.#handler.helloFields(), ...spokenAt(protocol) };
    const body = makeHello(this.#identity, welcome.nonce, fields);
    this.#sessions.set(survey.pipe, session);
    session.send({ kind: "sealed", envelope: signEnvelope(helloType, body, [this.#identity.key]) });
    this.#handler.attached(session, welcome.version);
  }

  #detach(pipe: Pipe, end: PipeEnd): void {
    const session = this.#sessions.get(pipe);
    this.#sessions.delete(pipe);
    this.#watches.get(pipe)?.[Symbol.dispose]();
    this.#watches.delete(pipe);
    if (session) this.#handler.detached(session, end);
  }
}

function makeHello(
  identity: AgentIdentity,
  nonce: string,
  fields: ReturnType<HubSessionHandler["helloFields"]> & SpokenProtocol,
): Hello {
  return {
    v: 1,
    nonce,
    name: identity.name,
    publicKey: identity.key.publicKey.base64,
    version: identity.version,
    ...fields,
  };
}

/** A session on one connection. All messages except pongs answer the welcome. */
class PipeHubSession implements HubSession {
  readonly #respondent: RawRespondent;
  readonly #survey: RawSurvey;

  constructor(respondent: RawRespondent, survey: RawSurvey) {
    this.#respondent = respondent;
    this.#survey = survey;
  }

  send(message: AgentMessage): boolean {
    return this.#respondent.answer(this.#survey, ...encodeAgentMessage(message));
  }

  drop(_reason: string): void {
    void this.#survey.pipe.close();
  }
}
