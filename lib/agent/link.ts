/**
 * The agent's side of one connection to a hub: greets with a signed hello, then carries messages
 * both ways. Imports `base`, `sp` and `envelope`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { SilenceWatch } from "../base/silence.ts";
import { EnvelopeError } from "../envelope/errors.ts";
import { type Hello, helloType } from "../envelope/statements/session_statements.ts";
import { signEnvelope } from "../envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../envelope/keys/secret_key.ts";
import {
  type AgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  type HubMessage,
  type TurnedAway,
  type Welcome,
} from "../envelope/session.ts";
import { type Pipe, type PipeEnd, RawRespondent, type RawSurvey } from "../sp/mod.ts";
import type { Link } from "./courier.ts";

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
export interface LinkSink {
  /** What a hello says beside the identity. */
  present(): Pick<Hello, "facts" | "running" | "held" | "insecure" | "clockMs" | "epoch">;
  /** A hub has greeted and heard our hello. */
  greeted(link: Link, hubVersion: string): void;
  /** A message has come over a link that was greeted. */
  message(link: Link, message: Exclude<HubMessage, Welcome | TurnedAway>): void;
  /** A hub that has greeted says that it knows this name by another key, and hangs up. */
  turnedAway(remote: string): void;
  /** Something came that no hub sends. */
  malformed(remote: string, problem: string): void;
  /** A hub has said nothing for so long that it counts as gone; the connection is closed. */
  silent(remote: string): void;
  /** A greeted link is over. */
  detached(link: Link, end: PipeEnd): void;
}

/** The connections to hubs: one {@linkcode Link} for each hub that has greeted. */
export class HubLinks {
  /** The pattern to dial hubs with. */
  readonly pattern: RawRespondent;
  readonly #identity: AgentIdentity;
  readonly #sink: LinkSink;
  readonly #clock: Clock;
  readonly #links = new Map<Pipe, HubLink>();
  readonly #watches = new Map<Pipe, SilenceWatch>();

  /** Introduces itself as `identity` and tells `sink` what comes. */
  constructor(identity: AgentIdentity, sink: LinkSink, clock: Clock = systemClock) {
    this.#identity = identity;
    this.#sink = sink;
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
      this.#sink.silent(pipe.remote);
      void pipe.close();
    };
    this.#watches.set(pipe, new SilenceWatch(gone, this.#clock));
  }

  #receive(survey: RawSurvey): void {
    try {
      const message = decodeHubMessage(survey.body);
      // Nonsense keeps nobody alive.
      this.#watches.get(survey.pipe)?.heard();
      this.#take(survey, message);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#sink.malformed(survey.pipe.remote, error.message);
    }
  }

  #take(survey: RawSurvey, message: HubMessage): void {
    const link = this.#links.get(survey.pipe);
    const { remote } = survey.pipe;
    if (message.kind !== "welcome") {
      // check: welcome-first
      if (!link) this.#sink.malformed(remote, "a message before the welcome");
      else if (message.kind === "turned-away") this.#sink.turnedAway(remote);
      else this.#sink.message(this.#answering(link, survey, message), message);
    } else if (link) this.#sink.malformed(remote, "a second welcome"); // check: second-welcome
    else this.#greet(survey, message);
  }

  /** A pong says which ping it answers: the hub knows then that all before that was taken in. */
  #answering(link: HubLink, survey: RawSurvey, { kind }: HubMessage): HubLink {
    return kind === "ping" ? new HubLink(this.pattern, survey) : link;
  }

  #greet(survey: RawSurvey, welcome: Welcome): void {
    const link = new HubLink(this.pattern, survey);
    const body = hello(this.#identity, welcome.nonce, this.#sink.present());
    this.#links.set(survey.pipe, link);
    link.send({ kind: "sealed", envelope: signEnvelope(helloType, body, [this.#identity.key]) });
    this.#sink.greeted(link, welcome.version);
  }

  #detach(pipe: Pipe, end: PipeEnd): void {
    const link = this.#links.get(pipe);
    this.#links.delete(pipe);
    this.#watches.get(pipe)?.[Symbol.dispose]();
    this.#watches.delete(pipe);
    if (link) this.#sink.detached(link, end);
  }
}

function hello(
  identity: AgentIdentity,
  nonce: string,
  present: ReturnType<LinkSink["present"]>,
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
class HubLink implements Link {
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
