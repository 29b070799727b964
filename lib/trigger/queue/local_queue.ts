/**
 * A queue in this process: a hub whose store is in memory and ends with it.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import type { AgentSession } from "../../hub/agents/agent_session.ts";
import { type DaemonOptions, type HubDaemon, openHubDaemon } from "../../hub/hub_daemon.ts";
import type { Dispatcher } from "../../hub/jobs/dispatcher.ts";
import type { Job } from "../../hub/jobs/job.ts";
import { parseJobReference } from "../../protocol/operator/job_reference.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import { selectPastHosts } from "../../hub/store/past_hosts.ts";
import { type HubStore, openHubStore } from "../../hub/store/hub_store.ts";
import { waitForAgents, type WaitOptions } from "./wait_for_agents.ts";
import type { JobSubmission, KnownHost, Queue, QueuePing, QueuePingSink } from "./queue.ts";
import { localUnsignedCommands, type UnsignedCommands } from "./unsigned_commands.ts";

/** Settings of a local queue. */
export type LocalQueueOptions = Omit<DaemonOptions, "store" | "keepOutput" | "control">;

/** The queue, in this process. */
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

  /** The hub inside. */
  get hub(): Dispatcher {
    return this.#daemon.hub;
  }

  /** Through the hub inside. */
  get unsigned(): UnsignedCommands {
    return localUnsignedCommands(this.hub);
  }

  /** Waits for agents. */
  async meet(options: WaitOptions): Promise<void> {
    await waitForAgents(this.hub, options);
  }

  /** Those that are attached. */
  *hosts(): Iterable<KnownHost> {
    for (const session of this.hub.roster) yield knownHost(session);
  }

  /** The attached host of this name. */
  host(name: string): KnownHost | undefined {
    const session = this.hub.roster.get(name);
    return session && knownHost(session);
  }

  /** Begins a job. */
  async submit({ about, ...order }: JobSubmission, sink: JobSink): Promise<Job> {
    const job = await this.#daemon.registry.submit(order, { ...about, by: "" }, sink);
    if (job) return job;
    throw new UserError(`${order.id} was submitted before`);
  }

  /** What has been written down of jobs of this queue, which keeps no output of theirs. */
  past(text: string): Promise<readonly string[]> {
    const reference = parseJobReference(text);
    if (reference.kind === "problem") return Promise.reject(new UserError(reference.problem));
    if (reference.selector.kind === "output") {
      return Promise.reject(
        new UserError("only a hub that runs by itself keeps what hosts print"),
      );
    }
    this.#store.flush();
    const selected = selectPastHosts(this.#store.jobs, reference);
    return selected.kind === "hosts"
      ? Promise.resolve(selected.nodes)
      : Promise.reject(new UserError(selected.problem));
  }

  /** Asks those that are attached. */
  ping(nonce: string, sink: QueuePingSink, nodes: readonly string[]): QueuePing {
    return this.hub.ping(nonce, {
      pong: ({ name, key }, envelope) => sink.pong(name, envelope, key),
      absent: (name) => sink.absent(name),
    }, nodes);
  }

  /** Lets go of all agents; they dial again until there is another queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    this.#store[Symbol.dispose]();
  }
}

function knownHost({ name, key, hello: { facts } }: AgentSession): KnownHost {
  return { name, facts, key: key.base64 };
}

/**
 * Opens a queue: becomes the hub.
 * @throws {AddressError} if a URL cannot be used
 * @throws {TransportError} if one cannot be listened on
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
