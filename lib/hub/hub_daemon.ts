/**
 * Runs a hub as a daemon: its folder, its store, the listener for agents, the control socket for
 * operators, and daily pruning.
 * @module
 */
import { delay } from "../base/async.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { UserError } from "../base/errors.ts";
import { type FolderUse, LockedFolder } from "../base/private_folder.ts";
import type { PinnedKeys } from "../envelope/keys/public_key.ts";
import { listen, PeerBudget, type Transport } from "../sp/mod.ts";
import { HostRegistry } from "./agents/host_registry.ts";
import { type Dispatcher, type HubEvent, openDispatcher } from "./jobs/dispatcher.ts";
import { JobRegistry } from "./jobs/job_registry.ts";
import { OperatorListener } from "./operators/operator_listener.ts";
import type { OperatorEvent } from "./operators/operator_session.ts";
import { NO_OPERATORS, type OperatorTrust } from "./operators/operator_trust.ts";
import { DailyPruning, type HubStore } from "./store/hub_store.ts";

/** Options of a daemon. */
export interface DaemonOptions {
  /** The URLs for agents and remote operators; at least one. */
  readonly listen: readonly string[];
  /** The control socket for local operators. */
  readonly control?: string;
  /**
   * Whether local operators must log in, as remote ones. Without it permission to connect is the
   * only access check, so that only the hub's owner may have it.
   */
  readonly controlLogin?: boolean;
  /** The available URL schemes. */
  readonly transports: readonly Transport[];
  /** The store of hosts and jobs. */
  readonly store: HubStore;
  /** The version that the hub sends to others. */
  readonly version: string;
  /** Whether legacy agents may attach. */
  readonly insecure: boolean;
  /** The pinned keys by name; by default those of the store. */
  readonly pins?: PinnedKeys;
  /** The trusted operators; none by default. */
  readonly operators?: OperatorTrust;
  /** How much of each output stream of a host is stored, in bytes. */
  readonly keepOutput: number;
  /** The budget of all connections; one with the default limits by default. */
  readonly budget?: PeerBudget;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Called for every event. Must not throw. */
  readonly onEvent?: (event: DaemonEvent) => void;
}

/** An event of a daemon. */
export type DaemonEvent =
  | HubEvent
  | OperatorEvent
  /** Reported by the caller that opened the store. */
  | { readonly kind: "store-failed"; readonly error: UserError }
  | { readonly kind: "not-written-down"; readonly name: string }
  | { readonly kind: "restored"; readonly jobs: number };

/** A running daemon. After it closes, the next one resumes the unfinished jobs. */
export interface HubDaemon extends AsyncDisposable {
  /** The dispatcher, to which agents attach. */
  readonly dispatcher: Dispatcher;
  /** The job registry. */
  readonly registry: JobRegistry;
  /** Ends the sessions of operators whose keys are gone, have expired or have other rights. */
  recheckOperators(): void;
}

/**
 * Opens a daemon: restores the unfinished jobs, then listens.
 * @throws {AddressError} if a URL cannot be used
 * @throws {TransportError} if listening on a URL fails
 */
export async function openHubDaemon(options: DaemonOptions): Promise<HubDaemon> {
  const { store, clock = systemClock, onEvent = () => {}, transports } = options;
  const budget = options.budget ?? new PeerBudget();
  await using stack = new AsyncDisposableStack();
  stack.use(new DailyPruning(store, clock));
  const before = store.hosts.all();
  const hosts = new HostRegistry(
    store.hosts,
    clock,
    (name) => onEvent({ kind: "not-written-down", name }),
  );
  const dispatcher = stack.use(
    await openDispatcher({
      ...options,
      listen: [],
      pins: options.pins ?? hosts,
      isKnown: (session) => hosts.isKnown(session),
      budget,
      onEvent: (event) => {
        if (event.kind !== "wire") hosts.recordEvent(event);
        if (event.kind === "arrived") registry.acknowledgeHeld(event.session);
        onEvent(event);
      },
    }),
  );
  const registry = stack.use(
    new JobRegistry({
      dispatcher,
      store,
      keepOutput: options.keepOutput,
      clock,
    }),
  );
  onEvent({ kind: "restored", jobs: registry.restore(before) });
  const { version, operators: trust = NO_OPERATORS, controlLogin = false } = options;
  const service = { dispatcher, store, hosts, registry, version, trust, clock, onEvent };
  const local = new OperatorListener({ ...service, loginRequired: controlLogin }, clock);
  // check: remote-login
  const remote = new OperatorListener({ ...service, loginRequired: true }, clock);
  if (options.control !== undefined) {
    stack.use(await listen(options.control, { patterns: [local.pattern], transports, budget }));
  }
  await dispatcher.open(options.listen, [remote.pattern]);
  stack.defer(() => flushStore(store));
  const opened = stack.move();
  return {
    dispatcher,
    registry,
    recheckOperators() {
      local.recheck();
      remote.recheck();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Commits all writes, and lets their acknowledgements reach the agents. */
async function flushStore(store: HubStore): Promise<void> {
  try {
    store.flush();
  } catch (error) {
    // With a full disk the agents keep their signed results for the next hub.
    if (!(error instanceof UserError)) throw error;
  }
  // Code that waits for the commit must run before the queue is closed.
  await delay(0);
}

const USE: FolderUse = {
  holder: "hub",
  busyHint: "stop that hub, or use another folder with --state",
  badHint: "use another folder with --state",
};

/** A hub's folder, locked while it is open. */
export class HubFolder implements Disposable {
  readonly #folder: LockedFolder;

  /**
   * Opens the folder at `path`, creating it if it is missing.
   * @throws {UserError} if it cannot be used, or another hub uses it
   */
  constructor(path: string) {
    this.#folder = new LockedFolder(path, USE);
  }

  /** The path of the store. */
  get store(): string {
    return `${this.#folder.path}/hub.db`;
  }

  /** The default path of the control socket. */
  get control(): string {
    return `${this.#folder.path}/control.sock`;
  }

  /** Unlocks the folder. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
