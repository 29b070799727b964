/**
 * The hosts that a hub knows beyond its own life: their keys, and since when they are attached or
 * detached.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { type PublicKey, publicKeyFromBase64 } from "../../envelope/keys/public_key.ts";
import type { AgentSession } from "./agent_session.ts";
import type { AgentEvent } from "./agent_listener.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import type { HostStore } from "../store/host_table.ts";

/** Records which hosts attach and detach. */
export class HostRegistry implements PinnedKeys {
  readonly #hosts: HostStore;
  readonly #clock: Clock;
  /** The newest session of each host that is attached. */
  readonly #sessions = new Map<string, AgentSession>();
  readonly #onFull: (name: string) => void;
  readonly #watchers = new Set<(name: string) => void>();

  /**
   * Writes into `hosts`, in which nobody is attached any more. `onFull` is told the names of those who
   * come and are not written down, because there are too many, and must not throw.
   */
  constructor(
    hosts: HostStore,
    clock: Clock = systemClock,
    onFull: (name: string) => void = () => {},
  ) {
    this.#hosts = hosts;
    this.#onFull = onFull;
    this.#clock = clock;
    hosts.recordAllDetached(clock.now());
  }

  /** The key of a name. */
  get(name: string): PublicKey | undefined {
    const key = this.#hosts.get(name)?.key;
    return key === undefined ? undefined : publicKeyFromBase64(key);
  }

  /** Nothing: the key is written down with the arrival. */
  set(): void {}

  /** Records which host attached or detached; other events say nothing of hosts. */
  recordEvent(event: AgentEvent): void {
    if (event.kind === "arrived") this.#arrived(event.session);
    if (event.kind === "left") this.#left(event.session);
  }

  /** Tells `watcher` the name of whoever comes or goes, until disposed of. */
  watch(watcher: (name: string) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  #arrived(session: AgentSession): void {
    const { name, key, hello: { version, facts } } = session;
    this.#sessions.set(name, session);
    const arrival = { name, key: key.base64, version, facts };
    if (!this.#hosts.recordAttached(arrival, this.#clock.now())) this.#onFull(name);
    this.#tell(name);
  }

  /** A session that a newer one has replaced is over later than that one began. */
  #left(session: AgentSession): void {
    const { name } = session;
    if (this.#sessions.get(name) !== session) return;
    this.#sessions.delete(name);
    this.#hosts.recordDetached(name, this.#clock.now());
    this.#tell(name);
  }

  #tell(name: string): void {
    for (const watcher of this.#watchers) watcher(name);
  }
}
