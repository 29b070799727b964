/**
 * Pings many agents once: each signs a nonce. The hub passes the signed pongs on, and the
 * operator's program verifies them.
 * @module
 */
import { AgentBroadcast, type AgentSession } from "./agent_session.ts";

/** Receives the answers. Its functions must not throw. */
export interface PingSink {
  /** The agent of `session` has signed a statement with the nonce. */
  pong(session: AgentSession, envelope: Uint8Array): void;
  /** The host is detached, or has detached before it answered. */
  absent(node: string): void;
}

/** One ping of many agents. It has no timer: disposing ends the wait. */
export class PingRound implements Disposable {
  /** The nonce that the agents must sign. */
  readonly nonce: string;
  readonly #sink: PingSink;
  readonly #open = new Set<AgentSession>();
  readonly #over = Promise.withResolvers<void>();

  /** Creates a ping that was not sent yet. */
  constructor(nonce: string, sink: PingSink) {
    this.nonce = nonce;
    this.#sink = sink;
  }

  /** Resolves when every agent has answered or detached, or on disposal. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Sends the ping to all of `sessions`. */
  ask(sessions: Iterable<AgentSession>): void {
    const survey = new AgentBroadcast({ kind: "ping", nonce: this.nonce });
    for (const session of sessions) {
      if (session.sendBroadcast(survey)) this.#open.add(session);
      else this.#sink.absent(session.name);
    }
    this.#check();
  }

  /** Receives a pong with `nonce`. */
  receivePong(session: AgentSession, nonce: string, envelope: Uint8Array): void {
    if (nonce !== this.nonce || !this.#open.delete(session)) return;
    this.#sink.pong(session, envelope);
    this.#check();
  }

  /** Notes that the connection of `session` has ended. */
  detach(session: AgentSession): void {
    if (!this.#open.delete(session)) return;
    this.#sink.absent(session.name);
    this.#check();
  }

  /** Ends the wait. */
  [Symbol.dispose](): void {
    this.#open.clear();
    this.#check();
  }

  #check(): void {
    if (this.#open.size === 0) this.#over.resolve();
  }
}
