/**
 * Accepts agents: sends every respondent a nonce, verifies the signed hello, keeps the roster of
 * attached agents, and passes on their messages. Peers that do not authenticate in time are
 * disconnected.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import {
  type Hello,
  MAX_FACTS_BYTES,
  verifyHello,
} from "../../envelope/statements/session_statements.ts";
import {
  type AgentMessage,
  decodeAgentMessage,
  encodeHubMessage,
  type Pong,
} from "../../protocol/agent/messages.ts";
import { type Pipe, type PipeEnd, randomSurveyId, RawSurveyor } from "../../sp/mod.ts";
import { AgentSession } from "./agent_session.ts";
import { Heartbeat } from "../../base/heartbeat.ts";
import { agreeProtocol, SPOKEN } from "../../protocol/session/version.ts";
import { EarlyLeavers } from "./early_leavers.ts";
import { Roster } from "./roster.ts";
import { HelloBudget } from "./hello_budget.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import { UnauthenticatedPeers } from "./unauthenticated_peers.ts";

/** An event of an agent, or of a peer that may be one. */
export type AgentEvent =
  /** An agent has authenticated and is on the roster. */
  | { readonly kind: "arrived"; readonly session: AgentSession }
  /** The session has ended. */
  | { readonly kind: "left"; readonly session: AgentSession; readonly end: PipeEnd }
  /** A peer sent a message that no agent sends. */
  | { readonly kind: "suspicious"; readonly remote: string; readonly problem: string }
  /** An agent without the pinned key of its name was rejected. */
  | { readonly kind: "impostor"; readonly remote: string; readonly name: string }
  /** An agent speaks a protocol that is too old, and was disconnected. */
  | {
    readonly kind: "outdated-agent";
    readonly remote: string;
    readonly name: string;
    readonly version: string;
  }
  /** Peers of this address leave repeatedly after the welcome, without a hello. */
  | { readonly kind: "left-early"; readonly remote: string };

/** Receives events and messages of agents. Its functions must not wait. */
export interface AgentListenerSink {
  /** Takes an event. Must not throw. */
  event(event: AgentEvent): void;
  /** Takes a message. May throw an `EnvelopeError`, which makes the message suspicious. */
  message(session: AgentSession, message: Exclude<AgentMessage, Pong>): void;
}

/** Options of a listener. */
export interface AgentListenerOptions {
  /** The version that the hub sends to agents. */
  readonly version: string;
  /** The pinned keys by name; by default pinned from now on. */
  readonly pins?: PinnedKeys | undefined;
  /**
   * Tells whether an agent has attached in the past, so that it has priority where something is
   * short; no agent by default.
   */
  readonly isKnown?: ((session: AgentSession) => boolean) | undefined;
  /** The memory for hellos; a budget of its own by default. */
  readonly hellos?: HelloBudget | undefined;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock | undefined;
}

/** How long a rejected agent may take to read the reason, in milliseconds. */
const FLUSH_MS = 1_000;

/** An attached respondent, with its session once it has authenticated. */
interface AgentPeer {
  readonly nonce: string;
  readonly heartbeat: Heartbeat;
  session?: AgentSession;
  /** Whether it has sent a hello for this connection. */
  hasHello?: boolean;
  /** The memory of its hello. */
  hello?: Disposable;
}

/** Listens for agents. */
export class AgentListener {
  /** The pattern that agents connect to. */
  readonly pattern: RawSurveyor;
  /** The attached agents. */
  readonly roster: Roster;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #sink: AgentListenerSink;
  readonly #peers = new Map<Pipe, AgentPeer>();
  readonly #unauthenticated: UnauthenticatedPeers<Pipe>;
  readonly #isKnown: (session: AgentSession) => boolean;
  readonly #hellos: HelloBudget;
  readonly #earlyLeavers = new EarlyLeavers();

  /** Sends the hub's `version` in its welcome and events to `sink`. */
  constructor(
    { version, pins, isKnown, hellos, clock = systemClock }: AgentListenerOptions,
    sink: AgentListenerSink,
  ) {
    this.#version = version;
    this.#clock = clock;
    this.#isKnown = isKnown ?? (() => false);
    this.#hellos = hellos ?? new HelloBudget();
    this.#unauthenticated = new UnauthenticatedPeers((pipe) => {
      void pipe.close(); // check: peer-evicted
    }, clock);
    this.roster = new Roster(pins);
    this.#sink = sink;
    this.pattern = new RawSurveyor({
      attached: (pipe) => this.#greet(pipe),
      answer: (pipe, survey, body) => this.#receive(pipe, survey, body),
      malformed: (pipe) => {
        const problem = "not an answer to a survey";
        sink.event({ kind: "suspicious", remote: pipe.remote, problem });
        // Foreign respondents do not send such messages either.
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
    this.#unauthenticated.add(pipe);
    const welcome = encodeHubMessage({
      kind: "welcome",
      nonce,
      version: this.#version,
      ...SPOKEN,
    });
    this.pattern.ask(pipe, randomSurveyId(), welcome);
  }

  #receive(pipe: Pipe, survey: number, body: Uint8Array): void {
    const peer = this.#peers.get(pipe);
    if (!peer) return;
    if (this.#unauthenticated.countMessage(pipe)) return void pipe.close(); // check: agent-flood
    try {
      const message = decodeAgentMessage(body);
      if (!peer.session) return this.#admit(pipe, peer, message);
      // Neither a malformed message nor one of an unauthenticated peer counts as a heartbeat.
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
    peer.hasHello = true;
    // check: outdated-agent
    if (agreeProtocol(hello.body.protocol) === undefined) {
      return this.#refuseOutdated(pipe, hello.body);
    }
    requireFewFacts(hello.body);
    const session = new AgentSession(hello.body, key, { surveyor: this.pattern, pipe });
    if (!this.roster.accepts(session)) return this.#reject(session); // check: wrong-key
    const isKnown = this.#isKnown(session);
    const taken = this.#hellos.take(pipe.address, message.envelope.length, isKnown);
    if (!taken || !pipe.authenticate(isKnown)) {
      taken?.[Symbol.dispose]();
      return this.#turnAway(pipe, "no room for another unknown agent");
    }
    peer.hello = taken;
    const addition = this.roster.add(session);
    peer.session = session;
    this.#unauthenticated.remove(pipe);
    this.#earlyLeavers.forget(pipe.address);
    if (addition.kind === "welcome") void addition.replaced?.close();
    this.#sink.event({ kind: "arrived", session });
  }

  /**
   * Rejects an agent with the reason, for its log: after a reinstallation an administrator looks
   * there.
   */
  #reject(session: AgentSession): void {
    const { remote, name } = session;
    this.#sink.event({ kind: "impostor", remote, name });
    session.send({ kind: "turned-away" });
    void session.close(FLUSH_MS);
  }

  #refuseOutdated(pipe: Pipe, { name, version }: Hello): void {
    this.#sink.event({ kind: "outdated-agent", remote: pipe.remote, name, version });
    void pipe.close();
  }

  /** Disconnects a peer for which something is short. */
  #turnAway(pipe: Pipe, problem: string): void {
    this.#sink.event({ kind: "suspicious", remote: pipe.remote, problem });
    void pipe.close();
  }

  #remove(pipe: Pipe, end: PipeEnd): void {
    const peer = this.#peers.get(pipe);
    peer?.hello?.[Symbol.dispose]();
    peer?.heartbeat[Symbol.dispose]();
    this.#peers.delete(pipe);
    this.#unauthenticated.remove(pipe);
    if (!peer) return;
    if (!peer.hasHello) this.#countEarly(pipe);
    if (!peer.session) return;
    this.roster.remove(peer.session);
    this.#sink.event({ kind: "left", session: peer.session, end });
  }

  #countEarly(pipe: Pipe): void {
    if (this.#earlyLeavers.count(pipe.address)) {
      this.#sink.event({ kind: "left-early", remote: pipe.remote });
    }
  }
}

/** Limits what an agent says of its host, because every hub and its store keep it. */
function requireFewFacts({ facts }: Hello): void {
  const { length } = encodeUtf8(JSON.stringify(facts));
  if (length <= MAX_FACTS_BYTES) return; // check: facts-bytes
  throw new EnvelopeError(
    "body",
    `facts of ${length} bytes, above the limit of ${MAX_FACTS_BYTES}`,
  );
}
