/**
 * Asks many agents once to sign a nonce. The hub passes the signed pongs on; the operator's program
 * verifies them.
 * @module
 */
import type { AgentSession } from "./agent_session.ts";
import { AgentBroadcast } from "./agent_session.ts";

/** Receives what becomes known. Its functions must not throw. */
export interface PingSink {
  /** The agent of `session` has signed something that names the nonce. */
  pong(session: AgentSession, envelope: Uint8Array): void;
  /** The host is not attached, or has left before it answered. */
  absent(node: string): void;
}

/** One question to many agents. It has no timer: whoever waits no longer disposes of it. */
export class PingRound implements Disposable {
  /** What the agents must sign. */
  readonly nonce: string;
  readonly #sink: PingSink;
  readonly #open = new Set<AgentSession>();
  readonly #over = Promise.withResolvers<void>();

  /** A question that nobody has been asked yet. */
  constructor(nonce: string, sink: PingSink) {
    this.nonce = nonce;
    this.#sink = sink;
  }

  /** Resolves when everybody has answered or left, or when nobody waits any longer. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Asks all of `sessions`. */
  ask(sessions: Iterable<AgentSession>): void {
    const survey = new AgentBroadcast({ kind: "ping", nonce: this.nonce });
    for (const session of sessions) {
      if (session.sendShared(survey)) this.#open.add(session);
      else this.#sink.absent(session.name);
    }
    this.#check();
  }

  /** An agent has said something about `nonce`. */
  receivePong(session: AgentSession, nonce: string, envelope: Uint8Array): void {
    if (nonce !== this.nonce || !this.#open.delete(session)) return;
    this.#sink.pong(session, envelope);
    this.#check();
  }

  /** The connection of `session` is over. */
  detach(session: AgentSession): void {
    if (!this.#open.delete(session)) return;
    this.#sink.absent(session.name);
    this.#check();
  }

  /** Waits no longer. */
  [Symbol.dispose](): void {
    this.#open.clear();
    this.#check();
  }

  #check(): void {
    if (this.#open.size === 0) this.#over.resolve();
  }
}
