/**
 * Accepts agents: greets every respondent with a nonce, verifies the signed hello, keeps the roster
 * of attached agents, and passes on their messages. Peers that do not authenticate in time are
 * disconnected.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { verifyHello } from "../../envelope/statements/session_statements.ts";
import {
  type AgentMessage,
  decodeAgentMessage,
  encodeHubMessage,
  type Pong,
} from "../../protocol/agent/messages.ts";
import { type Pipe, type PipeEnd, randomSurveyId, RawSurveyor } from "../../sp/mod.ts";
import { AgentSession } from "./agent_session.ts";
import { Heartbeat } from "../../base/heartbeat.ts";
import { Roster } from "./roster.ts";
import type { PinnedKeys } from "../../envelope/keys/pinned_keys.ts";
import { UnauthenticatedPeers } from "./unauthenticated_peers.ts";

/** Receives what happens at the desk. Its functions must not throw or wait. */
export interface AgentListenerSink {
  /** An agent has proved its name and is on the roster. */
  arrived(session: AgentSession): void;
  /** It has said something. May throw an `EnvelopeError`: then what it said is suspicious. */
  message(session: AgentSession, message: Exclude<AgentMessage, Pong>): void;
  /** It is gone. */
  left(session: AgentSession, end: PipeEnd): void;
  /** A respondent did or said what no agent does; it is not on the roster for it. */
  suspicious(remote: string, problem: string): void;
  /** An agent came with a name that belongs to another key, and was turned away. */
  impostor(remote: string, name: string): void;
}

/** What a desk needs. */
export interface AgentListenerOptions {
  /** The version that agents are told. */
  readonly version: string;
  /** Which key belongs to which name; by default as it is seen from now on. */
  readonly pins?: PinnedKeys | undefined;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock | undefined;
}

/** How long somebody who is turned away may take to read why, in milliseconds. */
const FLUSH_MS = 1_000;

/** A respondent that is attached, and the agent it turned out to be. */
interface AgentPeer {
  readonly nonce: string;
  readonly heartbeat: Heartbeat;
  session?: AgentSession;
}

/** The desk. */
export class AgentListener {
  /** The pattern that agents come to. */
  readonly pattern: RawSurveyor;
  /** The agents that are attached. */
  readonly roster: Roster;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #sink: AgentListenerSink;
  readonly #visitors = new Map<Pipe, AgentPeer>();
  readonly #strangers = new UnauthenticatedPeers<Pipe>();

  /** Greets with the hub's `version` and tells `sink` who comes. */
  constructor(
    { version, pins, clock = systemClock }: AgentListenerOptions,
    sink: AgentListenerSink,
  ) {
    this.#version = version;
    this.#clock = clock;
    this.roster = new Roster(pins);
    this.#sink = sink;
    this.pattern = new RawSurveyor({
      attached: (pipe) => this.#greet(pipe),
      answer: (pipe, survey, body) => this.#receive(pipe, survey, body),
      malformed: (pipe) => {
        sink.suspicious(pipe.remote, "not an answer to a survey");
        // Foreign respondents do not send such a thing either.
        void pipe.close();
      },
      detached: (pipe, end) => this.#part(pipe, end),
    });
  }

  #greet(pipe: Pipe): void {
    const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
    const heartbeat = new Heartbeat({
      beat: () => this.pattern.ask(pipe, randomSurveyId(), encodeHubMessage({ kind: "ping" })),
      gone: () => void pipe.close(),
    }, this.#clock);
    this.#visitors.set(pipe, { nonce, heartbeat });
    // check: peer-evicted
    for (const oldest of this.#strangers.add(pipe, this.#clock.monotonic())) void oldest.close();
    const welcome = encodeHubMessage({ kind: "welcome", nonce, version: this.#version });
    this.pattern.ask(pipe, randomSurveyId(), welcome);
  }

  #receive(pipe: Pipe, survey: number, body: Uint8Array): void {
    const visitor = this.#visitors.get(pipe);
    if (!visitor) return;
    if (this.#strangers.countMessage(pipe)) return void pipe.close(); // check: agent-flood
    try {
      const message = decodeAgentMessage(body);
      if (!visitor.session) return this.#admit(pipe, visitor, message);
      // Nonsense keeps nobody alive, nor does talk of a stranger.
      visitor.heartbeat.heard();
      if (message.kind === "pong") visitor.session.receivePong(survey);
      else this.#sink.message(visitor.session, message);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#sink.suspicious(pipe.remote, error.message);
    }
  }

  #admit(pipe: Pipe, visitor: AgentPeer, message: AgentMessage): void {
    // check: hello-first
    if (message.kind !== "sealed") throw new EnvelopeError("type", "a message before the hello");
    const hello = verifyHello(message.envelope);
    const [key] = hello.signers;
    if (hello.body.nonce !== visitor.nonce || !key) { // check: hello-nonce
      throw new EnvelopeError("body", "a hello for another connection");
    }
    const session = new AgentSession(hello.body, key, { surveyor: this.pattern, pipe });
    const enrolment = this.roster.add(session);
    if (enrolment.kind === "wrong-key") return this.#turnAway(session); // check: wrong-key
    visitor.session = session;
    this.#strangers.remove(pipe);
    void enrolment.replaced?.close();
    this.#sink.arrived(session);
  }

  /** Says why, since whoever set the host up anew looks for the reason there. */
  #turnAway(session: AgentSession): void {
    this.#sink.impostor(session.remote, session.name);
    session.send({ kind: "turned-away" });
    void session.close(FLUSH_MS);
  }

  #part(pipe: Pipe, end: PipeEnd): void {
    const visitor = this.#visitors.get(pipe);
    visitor?.heartbeat[Symbol.dispose]();
    this.#visitors.delete(pipe);
    this.#strangers.remove(pipe);
    if (!visitor?.session) return;
    this.roster.remove(visitor.session);
    this.#sink.left(visitor.session, end);
  }
}
