/**
 * The agent's sessions with hubs. It answers a hub's welcome with a signed hello, then carries
 * messages both ways. A hub that is idle for too long counts as gone.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { IdleTimeout } from "../../base/heartbeat.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { type Hello, helloType } from "../../envelope/statements/session_statements.ts";
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
import { type Pipe, type PipeEnd, RawRespondent, type RawSurvey } from "../../sp/mod.ts";
import type { HubSession } from "./outbox.ts";

/** Who the agent is. */
export interface AgentIdentity {
  /** The name that the agent goes by. */
  readonly name: string;
  /** The agent's own key. */
  readonly key: SecretKey;
  /** The version of the agent, for people. */
  readonly version: string;
}

/** Receives what comes from hubs. Its functions must not throw or wait. */
export interface HubSessionHandler {
  /** What a hello says beside the identity. */
  helloFields(): Pick<Hello, "facts" | "running" | "held" | "insecure" | "clockMs" | "epoch">;
  /** A hub has greeted and heard our hello. */
  greeted(link: HubSession, hubVersion: string): void;
  /** A message has come over a link that was greeted. */
  message(link: HubSession, message: Exclude<HubMessage, Welcome | Rejected>): void;
  /** A hub that has greeted says that it knows this name by another key, and hangs up. */
  turnedAway(remote: string): void;
  /** Something came that no hub sends. */
  malformed(remote: string, problem: string): void;
  /** A hub has said nothing for so long that it counts as gone; the connection is closed. */
  silent(remote: string): void;
  /** A greeted link is over. */
  detached(link: HubSession, end: PipeEnd): void;
}

/** The connections to hubs: one {@linkcode HubSession} for each hub that has greeted. */
export class HubSessions {
  /** The pattern to dial hubs with. */
  readonly pattern: RawRespondent;
  readonly #identity: AgentIdentity;
  readonly #handler: HubSessionHandler;
  readonly #clock: Clock;
  readonly #sessions = new Map<Pipe, PipeHubSession>();
  readonly #watches = new Map<Pipe, IdleTimeout>();

  /** Introduces itself as `identity` and tells `sink` what comes. */
  constructor(identity: AgentIdentity, sink: HubSessionHandler, clock: Clock = systemClock) {
    this.#identity = identity;
    this.#handler = sink;
    this.#clock = clock;
    this.pattern = new RawRespondent({
      attached: (pipe) => this.#watch(pipe),
      survey: (survey) => this.#receive(survey),
      malformed: (pipe) => sink.malformed(pipe.remote, "not a survey"),
      detached: (pipe, end) => this.#detach(pipe, end),
    });
  }

  /** Hubs ask every few seconds whether the agent is there. */
  #watch(pipe: Pipe): void {
    const gone = () => {
      this.#handler.silent(pipe.remote);
      void pipe.close();
    };
    this.#watches.set(pipe, new IdleTimeout(gone, this.#clock));
  }

  #receive(survey: RawSurvey): void {
    try {
      const message = decodeHubMessage(survey.body);
      // Nonsense keeps nobody alive.
      this.#watches.get(survey.pipe)?.heard();
      this.#handle(survey, message);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#handler.malformed(survey.pipe.remote, error.message);
    }
  }

  #handle(survey: RawSurvey, message: HubMessage): void {
    const link = this.#sessions.get(survey.pipe);
    const { remote } = survey.pipe;
    if (message.kind !== "welcome") {
      // check: welcome-first
      if (!link) this.#handler.malformed(remote, "a message before the welcome");
      else if (message.kind === "turned-away") this.#handler.turnedAway(remote);
      else this.#handler.message(this.#answering(link, survey, message), message);
    } else if (link) this.#handler.malformed(remote, "a second welcome"); // check: second-welcome
    else this.#greet(survey, message);
  }

  /** A pong says which ping it answers: the hub knows then that all before that was taken in. */
  #answering(link: PipeHubSession, survey: RawSurvey, { kind }: HubMessage): PipeHubSession {
    return kind === "ping" ? new PipeHubSession(this.pattern, survey) : link;
  }

  #greet(survey: RawSurvey, welcome: Welcome): void {
    const link = new PipeHubSession(this.pattern, survey);
    const body = makeHello(this.#identity, welcome.nonce, this.#handler.helloFields());
    this.#sessions.set(survey.pipe, link);
    link.send({ kind: "sealed", envelope: signEnvelope(helloType, body, [this.#identity.key]) });
    this.#handler.greeted(link, welcome.version);
  }

  #detach(pipe: Pipe, end: PipeEnd): void {
    const link = this.#sessions.get(pipe);
    this.#sessions.delete(pipe);
    this.#watches.get(pipe)?.[Symbol.dispose]();
    this.#watches.delete(pipe);
    if (link) this.#handler.detached(link, end);
  }
}

function makeHello(
  identity: AgentIdentity,
  nonce: string,
  present: ReturnType<HubSessionHandler["helloFields"]>,
): Hello {
  return {
    v: 1,
    nonce,
    name: identity.name,
    publicKey: identity.key.publicKey.base64,
    version: identity.version,
    ...present,
  };
}

/** Everything that the agent says on a connection, but for pongs, answers the welcome. */
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
