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
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import { UnauthenticatedPeers } from "./unauthenticated_peers.ts";

/** Something that happened to an agent, or to a peer that may be one. */
export type AgentEvent =
  /** An agent has proved its name and is on the roster. */
  | { readonly kind: "arrived"; readonly session: AgentSession }
  /** Its session is over. */
  | { readonly kind: "left"; readonly session: AgentSession; readonly end: PipeEnd }
  /** A peer sent what no agent sends; it is not on the roster for it. */
  | { readonly kind: "suspicious"; readonly remote: string; readonly problem: string }
  /** An agent with another key than the pinned one of its name was rejected. */
  | { readonly kind: "impostor"; readonly remote: string; readonly name: string };

/** Receives events and messages of agents. Its functions must not wait. */
export interface AgentListenerSink {
  /** Takes an event. Must not throw. */
  event(event: AgentEvent): void;
  /** Takes a message. May throw an `EnvelopeError`: then the message is suspicious. */
  message(session: AgentSession, message: Exclude<AgentMessage, Pong>): void;
}

/** Settings of a listener. */
export interface AgentListenerOptions {
  /** The version that agents are told. */
  readonly version: string;
  /** Which key belongs to which name; by default as it is seen from now on. */
  readonly pins?: PinnedKeys | undefined;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock | undefined;
}

/** How long a rejected agent may take to read the reason, in milliseconds. */
const FLUSH_MS = 1_000;

/** A respondent that is attached, with its session once it has proved that it is an agent. */
interface AgentPeer {
  readonly nonce: string;
  readonly heartbeat: Heartbeat;
  session?: AgentSession;
}

/** Listens for agents. */
export class AgentListener {
  /** The pattern that agents connect to. */
  readonly pattern: RawSurveyor;
  /** The agents that are attached. */
  readonly roster: Roster;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #sink: AgentListenerSink;
  readonly #peers = new Map<Pipe, AgentPeer>();
  readonly #unauthenticated = new UnauthenticatedPeers<Pipe>();

  /** Greets with the hub's `version` and tells `sink` what happens. */
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
        const problem = "not an answer to a survey";
        sink.event({ kind: "suspicious", remote: pipe.remote, problem });
        // Foreign respondents do not send such a thing either.
        void pipe.close();
      },
      detached: (pipe, end) => this.#remove(pipe, end),
    });
  }

  #greet(pipe: Pipe): void {
    const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
    const heartbeat = new Heartbeat({
      beat: () => this.pattern.ask(pipe, randomSurveyId(), encodeHubMessage({ kind: "ping" })),
      gone: () => void pipe.close(),
    }, this.#clock);
    this.#peers.set(pipe, { nonce, heartbeat });
    // check: peer-evicted
    for (const oldest of this.#unauthenticated.add(pipe, this.#clock.monotonic())) {
      void oldest.close();
    }
    const welcome = encodeHubMessage({ kind: "welcome", nonce, version: this.#version });
    this.pattern.ask(pipe, randomSurveyId(), welcome);
  }

  #receive(pipe: Pipe, survey: number, body: Uint8Array): void {
    const peer = this.#peers.get(pipe);
    if (!peer) return;
    if (this.#unauthenticated.countMessage(pipe)) return void pipe.close(); // check: agent-flood
    try {
      const message = decodeAgentMessage(body);
      if (!peer.session) return this.#admit(pipe, peer, message);
      // A malformed message is no sign of life, nor is one of an unauthenticated peer.
      peer.heartbeat.heard();
      if (message.kind === "pong") peer.session.receivePong(survey);
      else this.#sink.message(peer.session, message);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#sink.event({ kind: "suspicious", remote: pipe.remote, problem: error.message });
    }
  }

  #admit(pipe: Pipe, peer: AgentPeer, message: AgentMessage): void {
    // check: hello-first
    if (message.kind !== "sealed") throw new EnvelopeError("type", "a message before the hello");
    const hello = verifyHello(message.envelope);
    const [key] = hello.signers;
    if (hello.body.nonce !== peer.nonce || !key) { // check: hello-nonce
      throw new EnvelopeError("body", "a hello for another connection");
    }
    const session = new AgentSession(hello.body, key, { surveyor: this.pattern, pipe });
    const enrolment = this.roster.add(session);
    if (enrolment.kind === "wrong-key") return this.#reject(session); // check: wrong-key
    peer.session = session;
    this.#unauthenticated.remove(pipe);
    void enrolment.replaced?.close();
    this.#sink.event({ kind: "arrived", session });
  }

  /** Says why: after a reinstallation of the host, its administrator looks for the reason there. */
  #reject(session: AgentSession): void {
    const { remote, name } = session;
    this.#sink.event({ kind: "impostor", remote, name });
    session.send({ kind: "turned-away" });
    void session.close(FLUSH_MS);
  }

  #remove(pipe: Pipe, end: PipeEnd): void {
    const peer = this.#peers.get(pipe);
    peer?.heartbeat[Symbol.dispose]();
    this.#peers.delete(pipe);
    this.#unauthenticated.remove(pipe);
    if (!peer?.session) return;
    this.roster.remove(peer.session);
    this.#sink.event({ kind: "left", session: peer.session, end });
  }
}
