/**
 * Which agents are attached, and which key belongs to which name. Imports `envelope`.
 * @module
 */
import type { PublicKey } from "../envelope/public_key.ts";
import type { AgentSession } from "./agent_session.ts";

/** What became of an agent that wants to be known by a name. */
export type Enrolment =
  | { readonly kind: "welcome"; readonly replaced: AgentSession | undefined }
  /** The name is pinned to another key. */
  | { readonly kind: "wrong-key"; readonly pinned: PublicKey };

/** The attached agents by name. A name belongs to the first key that it was seen with. */
export class Roster implements Iterable<AgentSession> {
  readonly #sessions = new Map<string, AgentSession>();
  readonly #pinned = new Map<string, PublicKey>();
  #changed = Promise.withResolvers<void>();

  /** How many agents are attached. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The attached agents, in the order in which their names were first seen. */
  [Symbol.iterator](): Iterator<AgentSession> {
    return this.#sessions.values();
  }

  /** The attached agent of this name. */
  get(name: string): AgentSession | undefined {
    return this.#sessions.get(name);
  }

  /** Takes in a session. The newest one of a name wins: the agent may know that the older is dead. */
  add(session: AgentSession): Enrolment {
    const pinned = this.#pinned.get(session.name) ?? session.key;
    if (pinned.keyid !== session.key.keyid) return { kind: "wrong-key", pinned };
    this.#pinned.set(session.name, pinned);
    const replaced = this.#sessions.get(session.name);
    this.#sessions.set(session.name, session);
    this.#tell();
    return { kind: "welcome", replaced };
  }

  /** Forgets a session that is over, unless a newer one has its name. */
  remove(session: AgentSession): void {
    if (this.#sessions.get(session.name) !== session) return;
    this.#sessions.delete(session.name);
    this.#tell();
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
