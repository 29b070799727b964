/**
 * A hub that runs by itself: its folder, its store, the listener for agents, the control socket for
 * operators, and pruning every day.
 * @module
 */
import { delay } from "../base/async.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { UserError } from "../base/errors.ts";
import { type FolderUse, LockedFolder } from "../base/locked_folder.ts";
import type { PinnedKeys } from "../envelope/keys/public_key.ts";
import type { KeyLookup } from "../envelope/signing/verify_envelope.ts";
import { listen, type Transport } from "../sp/mod.ts";
import { HostRegistry } from "./agents/host_registry.ts";
import { type Dispatcher, type HubEvent, openDispatcher } from "./jobs/dispatcher.ts";
import { JobRegistry } from "./jobs/job_registry.ts";
import { OperatorListener } from "./operators/operator_listener.ts";
import { DailyPruning, type HubStore } from "./store/hub_store.ts";

/** Settings of a daemon. */
export interface DaemonOptions {
  /** Where agents, and operators from other machines, come in; at least one URL. */
  readonly listen: readonly string[];
  /** Where operators of this machine come in: whoever can connect may. */
  readonly control?: string;
  /** The URL schemes that can be used. */
  readonly transports: readonly Transport[];
  /** What is written down. */
  readonly store: HubStore;
  /** The version that others are told. */
  readonly version: string;
  /** Whether agents of the first program may attach. */
  readonly insecure: boolean;
  /** Which key belongs to which name, if not as the store has it. */
  readonly pins?: PinnedKeys;
  /** Who may come in from other machines; nobody by default. */
  readonly operators?: KeyLookup;
  /** How much of each output stream of a host is kept, in bytes. */
  readonly keepOutput: number;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Told of everything that happens. Must not throw. */
  readonly onEvent?: (event: DaemonEvent) => void;
}

/** Something that happened at a daemon. */
export type DaemonEvent =
  | HubEvent
  /** Told by whoever opened the store, which says so. */
  | { readonly kind: "store-failed"; readonly error: UserError }
  | { readonly kind: "not-written-down"; readonly name: string }
  | { readonly kind: "restored"; readonly jobs: number };

/** A running daemon. Closing it leaves jobs that are not over to the next one. */
export interface HubDaemon extends AsyncDisposable {
  /** Where agents attach. */
  readonly hub: Dispatcher;
  /** The jobs. */
  readonly registry: JobRegistry;
}

/**
 * Opens a daemon: takes up what the last one has left, then listens.
 * @throws {AddressError} if a URL cannot be used
 * @throws {TransportError} if one cannot be listened on
 */
export async function openHubDaemon(options: DaemonOptions): Promise<HubDaemon> {
  const { store, clock = systemClock, onEvent = () => {}, transports } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(new DailyPruning(store, clock));
  const before = store.hosts.all();
  const hosts = new HostRegistry(
    store.hosts,
    clock,
    (name) => onEvent({ kind: "not-written-down", name }),
  );
  const hub = stack.use(
    await openDispatcher({
      ...options,
      listen: [],
      pins: options.pins ?? hosts,
      onEvent: (event) => {
        if (event.kind !== "wire") hosts.recordEvent(event);
        if (event.kind === "arrived") registry.acknowledgeHeld(event.session);
        onEvent(event);
      },
    }),
  );
  const registry = stack.use(
    new JobRegistry({
      hub,
      store,
      keepOutput: options.keepOutput,
      clock,
    }),
  );
  onEvent({ kind: "restored", jobs: registry.restore(before) });
  const service = { hub, store, hosts, registry, version: options.version };
  if (options.control !== undefined) {
    const { pattern } = new OperatorListener(service, clock);
    stack.use(await listen(options.control, { patterns: [pattern], transports }));
  }
  const operators = options.operators ?? (() => undefined);
  await hub.open(options.listen, [new OperatorListener({ ...service, operators }, clock).pattern]);
  stack.defer(() => flushStore(store));
  const opened = stack.move();
  return { hub, registry, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What is known by now is on disk, and agents have been told what they may forget. */
async function flushStore(store: HubStore): Promise<void> {
  try {
    store.flush();
  } catch (error) {
    // On a full disk: the agents keep what they have signed for the next hub.
    if (!(error instanceof UserError)) throw error;
  }
  // Whoever waited for the disk has its turn first, and only then is the queue closed.
  await delay(0);
}

const USE: FolderUse = {
  holder: "hub",
  busyHint: "stop it, or give this one another --state",
  badHint: "--state names another folder",
};

/** A hub's folder, locked for as long as it is open. */
export class HubFolder implements Disposable {
  readonly #folder: LockedFolder;

  /**
   * Opens the folder at `path`, making it if it is not there.
   * @throws {UserError} if it cannot be used, or another hub uses it
   */
  constructor(path: string) {
    this.#folder = new LockedFolder(path, USE);
  }

  /** The file of the store. */
  get store(): string {
    return `${this.#folder.path}/hub.db`;
  }

  /** The control socket, if none is named. */
  get control(): string {
    return `${this.#folder.path}/control.sock`;
  }

  /** Lets another hub have the folder. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
