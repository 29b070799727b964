/**
 * Records the known hosts beyond the life of the hub: their keys, and since when they are attached
 * or detached.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import {
  type PinnedKeys,
  type PublicKey,
  publicKeyFromBase64,
} from "../../envelope/keys/public_key.ts";
import type { AgentSession } from "./agent_session.ts";
import type { AgentEvent } from "./agent_listener.ts";
import type { HostStore } from "../store/host_table.ts";

/**
 * How long ago an agent must have attached for the first time to be known, in milliseconds. Without
 * it a flood of new names would be known at its second connection.
 */
const KNOWN_AFTER_MS = 600_000;
/** The most new names of one network address that are recorded in the life of the hub. */
const MAX_NAMES_PER_ADDRESS = 65_536;

/** Records which hosts attach and detach. */
export class HostRegistry implements PinnedKeys {
  readonly #hosts: HostStore;
  readonly #clock: Clock;
  /** The newest session of each attached host. */
  readonly #sessions = new Map<string, AgentSession>();
  readonly #onFull: (name: string) => void;
  readonly #watchers = new Set<(name: string) => void>();
  /** The number of new names by network address. */
  readonly #newNames = new Map<string, number>();

  /**
   * Records in `hosts`, in which every host is detached. `onFull` receives the names that are not
   * recorded because the table is full. It must not throw.
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

  /** Returns the pinned key of a name. */
  get(name: string): PublicKey | undefined {
    const key = this.#hosts.get(name)?.key;
    return key === undefined ? undefined : publicKeyFromBase64(key);
  }

  /** Does nothing: the key is recorded when the host attaches. */
  set(): void {}

  /** Tells whether an agent has attached with this key long ago. */
  isKnown({ name, key }: Pick<AgentSession, "name" | "key">): boolean {
    const host = this.#hosts.get(name);
    if (host?.key !== key.base64) return false;
    return host.firstSeen <= this.#clock.now() - KNOWN_AFTER_MS; // check: known-agent
  }

  /** Records an attach or detach event; ignores other events. */
  recordEvent(event: AgentEvent): void {
    if (event.kind === "arrived") this.#arrived(event.session);
    if (event.kind === "left") this.#left(event.session);
  }

  /** Calls `watcher` with the name of each host that attaches or detaches, until disposed of. */
  watch(watcher: (name: string) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  #arrived(session: AgentSession): void {
    const { name, key, hello: { version, facts } } = session;
    this.#sessions.set(name, session);
    const arrival = { name, key: key.base64, version, facts };
    const isRecorded = this.#countName(session) &&
      this.#hosts.recordAttached(arrival, this.#clock.now());
    if (!isRecorded) this.#onFull(name);
    this.#tell(name);
  }

  /** Counts a new name; returns false if there are too many of this address. */
  #countName({ name, network }: AgentSession): boolean {
    if (!network || this.#hosts.get(name)) return true;
    const names = (this.#newNames.get(network) ?? 0) + 1;
    if (names > MAX_NAMES_PER_ADDRESS) return false; // check: address-names
    this.#newNames.set(network, names);
    return true;
  }

  /** Ignores the end of a session that a newer one has replaced. */
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
