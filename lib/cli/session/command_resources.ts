/**
 * The resources of one operator command, each opened at most once: the log, the operator key, and
 * the connection to a hub or an own queue. Also the lookup of past jobs in targets, over that
 * connection.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { pastHosts } from "../../trigger/queue/hub_queries.ts";
import type { LocalQueue } from "../../trigger/queue/local_queue.ts";
import type { Queue } from "../../trigger/queue/queue.ts";
import type { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import type { KeyChoice } from "../args/key_options.ts";
import type { LogChoice } from "../args/log_options.ts";
import type { QueueChoice } from "../args/queue_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { openOperatorKey } from "../keys/operator_key.ts";
import { type Log, openLog } from "../log/log.ts";
import { StopSignals } from "../process/stop_signals.ts";
import type { GroupSources } from "../targets/groups.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { findHub, openOwnQueue, type OwnQueueSettings } from "./open_queue.ts";

/** The hub, the key and the log options of a command. */
export type SessionChoice = Pick<QueueChoice, "hub"> & LogChoice & Partial<KeyChoice>;

/** The queue that a command needs. */
export interface QueueSelection extends OwnQueueSettings {
  /** Whether the job must continue without this program. */
  readonly async?: boolean;
}

const START_ONE = "start a hub with nanotrigger hub, or name one with --hub URL";

/** Owns the log, the key and the queue of a command. Disposing closes them. */
export class CommandResources implements AsyncDisposable {
  /** The terminal for passphrases and results. */
  readonly terminal: Terminal;
  readonly #choice: SessionChoice;
  readonly #opened = new AsyncDisposableStack();
  readonly #log: Log;
  #key: Promise<SecretKey> | undefined;
  #hub: Promise<RemoteQueue | undefined> | undefined;

  /** Opens the log only. */
  constructor(choice: SessionChoice, terminal: Terminal) {
    this.#choice = choice;
    this.terminal = terminal;
    this.#log = this.#opened.use(openLog("nanotrigger", choice, terminal));
  }

  /**
   * Opens the operator's key at the first call.
   * @throws as {@linkcode openOperatorKey}
   */
  key(): Promise<SecretKey> {
    const { key, passphraseFile } = this.#choice;
    const places = findInstallationPaths();
    return this.#key ??= openOperatorKey({ key, passphraseFile }, places, this.terminal);
  }

  /**
   * Connects at the first call to the hub of `--hub`, else to the hub on this machine. Resolves
   * with `undefined` if none runs here.
   * @param signal aborts the attempt
   * @throws {UserError} if the hub rejects the login
   */
  findHub(signal: AbortSignal): Promise<RemoteQueue | undefined> {
    return this.#hub ??= this.#connect(signal);
  }

  /**
   * Does the same as {@linkcode CommandResources.findHub}, but requires a hub.
   * @throws {UserError} if no hub runs here
   */
  async requireHub(signal: AbortSignal): Promise<RemoteQueue> {
    const hub = await this.findHub(signal);
    if (hub) return hub;
    throw new UserError("no hub runs on this machine", { hint: START_ONE });
  }

  /**
   * Opens the queue of the command: a hub, or a queue in this process with `--listen` or if no hub
   * runs. May be called once.
   * @throws {UserError} if the job must continue without this program, and no hub runs here
   */
  async openQueue(selection: QueueSelection, signal: AbortSignal): Promise<Queue> {
    if (selection.listen.length > 0) return await this.#openOwnQueue(selection);
    const hub = await this.findHub(signal);
    if (hub) return hub;
    if (!selection.async) return await this.#openOwnQueue(selection);
    throw new UserError("--async needs a running hub", {
      hint: START_ONE,
    });
  }

  /** Closes the queue, the connection and the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  async #connect(signal: AbortSignal): Promise<RemoteQueue | undefined> {
    const [terminal, log] = [this.terminal, this.#log];
    const hub = await findHub(this.#choice.hub, { key: () => this.key(), terminal, log }, signal);
    return hub && this.#opened.use(hub);
  }

  async #openOwnQueue(selection: QueueSelection): Promise<LocalQueue> {
    return this.#opened.use(await openOwnQueue(selection, this.#log));
  }
}

/**
 * Returns the sources of groups, including past jobs. Connects to the hub only if a target names a
 * past job, and throws a {@linkcode UserError} if no hub runs.
 */
export function groupSourcesWithJobs(resources: CommandResources): GroupSources {
  return {
    ...findInstallationPaths().groups,
    jobs: (_reference, text) => askHub(text, resources),
  };
}

async function askHub(reference: string, resources: CommandResources): Promise<readonly string[]> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  return await pastHosts(await resources.requireHub(signal), reference, signal);
}
