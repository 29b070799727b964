/**
 * Keeps the attached agents by name. A name is pinned to the first key seen with it (key pinning),
 * and an agent with another key is rejected.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import type { PinnedKeys, PublicKey } from "../../envelope/keys/public_key.ts";
import type { AgentSession } from "./agent_session.ts";

/** The result of adding an agent. */
export type RosterAddition =
  | { readonly kind: "welcome"; readonly replaced: AgentSession | undefined }
  /** The name is pinned to another key. */
  | { readonly kind: "wrong-key"; readonly pinned: PublicKey };

/** The attached agents by name. A name is pinned to the first key seen with it. */
export class Roster implements Iterable<AgentSession> {
  readonly #sessions = new Map<string, AgentSession>();
  readonly #pins: PinnedKeys;
  readonly #changed = new Notifier();

  /** Creates an empty roster. */
  constructor(pins: PinnedKeys = new Map()) {
    this.#pins = pins;
  }

  /** The number of attached agents. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Iterates over the attached agents, in the order in which their names were first seen. */
  [Symbol.iterator](): Iterator<AgentSession> {
    return this.#sessions.values();
  }

  /** Returns the attached agent of this name. */
  get(name: string): AgentSession | undefined {
    return this.#sessions.get(name);
  }

  /** Tells whether the name of a session is pinned to its key, or to none. */
  accepts({ name, key }: AgentSession): boolean {
    const pinned = this.#pinned(name);
    return pinned === undefined || pinned.keyid === key.keyid;
  }

  /** Adds a session. The newest one of a name wins, because the older connection may be dead. */
  add(session: AgentSession): RosterAddition {
    const pinned = this.#pinned(session.name);
    if (!pinned) this.#pins.set(session.name, session.key);
    // check: pinned-key
    else if (pinned.keyid !== session.key.keyid) return { kind: "wrong-key", pinned };
    const replaced = this.#sessions.get(session.name);
    this.#sessions.set(session.name, session);
    this.#changed.notify();
    return { kind: "welcome", replaced };
  }

  /** Pins the keys of these names permanently, as soon as they are known. */
  keep(names: readonly string[]): void {
    this.#pins.keep?.(names);
  }

  /** Removes a session that has ended, unless a newer one has its name. */
  remove(session: AgentSession): void {
    if (this.#sessions.get(session.name) !== session) return;
    this.#sessions.delete(session.name);
    this.#changed.notify();
  }

  /** Resolves at the next change; rejects with `signal.reason` when aborted first. */
  changed(signal?: AbortSignal): Promise<void> {
    return this.#changed.wait(signal);
  }

  #pinned(name: string): PublicKey | undefined {
    return this.#pins.get(name) ?? this.get(name)?.key; // check: attached-key
  }
}
