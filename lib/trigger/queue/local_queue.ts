/**
 * A queue in this process: a hub with a store in memory, for one command. It waits until the agents of
 * the command are attached.
 * @module
 */
import { deadline } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { UserError } from "../../base/errors.ts";
import type { AgentSession } from "../../hub/agents/agent_session.ts";
import { type DaemonOptions, type HubDaemon, openHubDaemon } from "../../hub/hub_daemon.ts";
import type { Dispatcher } from "../../hub/jobs/dispatcher.ts";
import type { Job } from "../../hub/jobs/job.ts";
import { parseJobReference } from "../../protocol/operator/job_reference.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import { selectPastHosts } from "../../hub/store/past_hosts.ts";
import { type HubStore, openHubStore } from "../../hub/store/hub_store.ts";
import { LEGACY_ALL_HOSTS } from "../../protocol/legacy_command.ts";
import {
  capabilitiesByName,
  type JobSubmission,
  type KnownHost,
  type Queue,
  type QueuePing,
  type QueuePingSink,
  type UnsignedCommands,
  type WaitOptions,
} from "./queue.ts";

/** Options of a local queue. */
export type LocalQueueOptions = Omit<DaemonOptions, "store" | "keepOutput" | "control">;

/** The queue in this process. */
export class LocalQueue implements Queue {
  /** Jobs end with it. */
  readonly lasting = false;
  readonly #daemon: HubDaemon;
  readonly #store: HubStore;

  /** Use {@linkcode openLocalQueue} instead. */
  constructor(daemon: HubDaemon, store: HubStore) {
    this.#daemon = daemon;
    this.#store = store;
  }

  /** The dispatcher of the hub. */
  get dispatcher(): Dispatcher {
    return this.#daemon.dispatcher;
  }

  /** The sender of unsigned commands. */
  get unsigned(): UnsignedCommands {
    return localUnsignedCommands(this.dispatcher);
  }

  /** Waits for agents; see {@linkcode waitForAgents}. */
  async waitForAgents(options: WaitOptions): Promise<void> {
    await waitForAgents(this.dispatcher, options);
  }

  /** Iterates over the attached hosts. */
  *hosts(): Iterable<KnownHost> {
    for (const session of this.dispatcher.roster) yield knownHost(session);
  }

  /** Returns the attached host of this name. */
  host(name: string): KnownHost | undefined {
    const session = this.dispatcher.roster.get(name);
    return session && knownHost(session);
  }

  /** Returns what the attached agents among `nodes` can do. */
  capabilitiesOf(nodes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return Promise.resolve(capabilitiesByName(nodes.flatMap((node) => this.host(node) ?? [])));
  }

  /**
   * Submits a job.
   * @throws {UserError} if its id was submitted before
   */
  async submit({ about, ...order }: JobSubmission, sink: JobSink): Promise<Job> {
    const job = await this.#daemon.registry.submit(order, { ...about, by: "" }, sink);
    if (job) return job;
    throw new UserError(`request ${order.id} was submitted before`);
  }

  /**
   * Returns the hosts of an earlier job of this queue, which stores no output.
   * @throws {UserError} if there is no such job, or the reference selects by output
   */
  past(text: string): Promise<readonly string[]> {
    const reference = parseJobReference(text);
    if (reference.kind === "problem") return Promise.reject(new UserError(reference.problem));
    if (reference.selector.kind === "output") {
      return Promise.reject(
        new UserError("only a running hub stores output"),
      );
    }
    this.#store.flush();
    const selected = selectPastHosts(this.#store.jobs, reference);
    return selected.kind === "hosts"
      ? Promise.resolve(selected.nodes)
      : Promise.reject(new UserError(selected.problem));
  }

  /** Pings those of `nodes` that are attached. */
  ping(nonce: string, sink: QueuePingSink, nodes: readonly string[]): QueuePing {
    return this.dispatcher.ping(nonce, {
      pong: ({ name, key }, envelope) => sink.pong(name, envelope, key),
      absent: (name) => sink.absent(name),
    }, nodes);
  }

  /** Disconnects all agents, which redial until there is another hub. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    this.#store[Symbol.dispose]();
  }
}

function knownHost({ name, key, hello: { facts, capabilities } }: AgentSession): KnownHost {
  return { name, facts, key: key.base64, ...(capabilities && { capabilities }) };
}

/**
 * Opens a queue: this process becomes the hub.
 * @throws {AddressError} if a URL cannot be used
 * @throws {TransportError} if listening on a URL fails
 */
export async function openLocalQueue(options: LocalQueueOptions): Promise<LocalQueue> {
  const { store } = openHubStore({
    path: ":memory:",
    onLoss: (error) => options.onEvent?.({ kind: "store-failed", error }),
  });
  try {
    return new LocalQueue(await openHubDaemon({ ...options, store, keepOutput: 0 }), store);
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

/**
 * How long no agent must attach before the wait ends, in milliseconds: an agent whose connection was
 * refused redials within two seconds.
 */
export const QUIET_MS = 2_500;

/**
 * Waits until the expected hosts are attached or, without expected hosts, until no agent has attached
 * for `quietMs`; at most for `maxMs`.
 * @throws the signal's reason when it is aborted
 */
export async function waitForAgents(dispatcher: Dispatcher, options: WaitOptions): Promise<void> {
  const { expect, maxMs, quietMs = QUIET_MS, clock = systemClock, signal } = options;
  const end = clock.monotonic() + maxMs;
  while (!expect || expect.some((name) => !dispatcher.roster.get(name))) {
    const left = end - clock.monotonic();
    const waitMs = expect ? left : Math.min(quietMs, left);
    if (waitMs <= 0 || !await rosterChangesWithin(dispatcher, waitMs, { clock, signal })) return;
  }
}

async function rosterChangesWithin(
  dispatcher: Dispatcher,
  ms: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal | undefined },
): Promise<boolean> {
  using limit = deadline(ms, { clock, signal });
  try {
    await dispatcher.roster.changed(limit.signal);
    return true;
  } catch (error) {
    if (!limit.isExpired) throw error;
    return false;
  }
}

/** How long legacy agents may take to dial, in milliseconds: they redial every 100 ms. */
const LEGACY_DIAL_MS = 1_000;

/** Returns a sender of unsigned commands through the hub in this process. */
function localUnsignedCommands(dispatcher: Dispatcher): UnsignedCommands {
  return {
    async waitForHosts(host, { maxMs, signal }) {
      if (host === LEGACY_ALL_HOSTS) await waitForAgents(dispatcher, { maxMs, signal });
      else await waitForNamedHost(dispatcher, { host, maxMs, signal });
      const isTarget = (name: string) => host === LEGACY_ALL_HOSTS || name === host;
      const willing = [...dispatcher.roster].filter(({ hello }) => hello.insecure).map(({ name }) =>
        name
      );
      return {
        nodes: willing.filter(isTarget),
        isAttached: dispatcher.roster.get(host) !== undefined,
        legacyAgents: dispatcher.legacyAgents,
      };
    },
    publish: (command) => Promise.resolve(dispatcher.publish(command).sent),
  };
}

async function waitForNamedHost(
  dispatcher: Dispatcher,
  { host, maxMs, signal }: { host: string; maxMs: number; signal: AbortSignal },
): Promise<void> {
  const expect = [host];
  const legacyMs = Math.min(LEGACY_DIAL_MS, maxMs);
  await waitForAgents(dispatcher, { expect, maxMs: legacyMs, signal });
  // A legacy agent has no name, so the named host may be one of them.
  if (dispatcher.legacyAgents > 0) return;
  await waitForAgents(dispatcher, { expect, maxMs: maxMs - legacyMs, signal });
}
