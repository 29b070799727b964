/**
 * Opens the queue of a command: the hub named with `--hub`, else the hub on this machine, else a
 * hub inside this process.
 * @module
 */
import { TransportError } from "../../sp/mod.ts";
import { ipc, tcp } from "../../sp/mod.ts";
import { type LocalQueue, openLocalQueue } from "../../trigger/queue/local_queue.ts";
import type { Queue } from "../../trigger/queue/queue.ts";
import { openRemoteQueue, type RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { UserError } from "../program/errors.ts";
import { HubLog } from "../log/hub_log.ts";
import { revokeRootRead } from "../sandbox/permissions.ts";
import { openKnownAgents } from "../keys/known_agents.ts";
import type { Log } from "../log/log.ts";
import { openOperatorKey } from "../keys/operator_key.ts";
import type { KeyChoice } from "../args/key_options.ts";
import { DEFAULT_LISTEN_URL, type QueueChoice } from "../args/queue_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { VERSION } from "../program/build_info.ts";

/** Which queue is wanted. */
export interface QueueSelection extends Pick<QueueChoice, "listen" | "hub">, Partial<KeyChoice> {
  /** Whether agents of the first program may attach, when this program is the queue. */
  readonly insecure: boolean;
  /** Whether it must go on without this program. */
  readonly async?: boolean;
}

/** What a queue is opened with. */
export interface QueueContext {
  /** Where passphrases are asked for, and what happens is said. */
  readonly terminal: Terminal;
  /** Where what happens is logged. */
  readonly log: Log;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
  /** Whether private files are read after this, so that the folders above them must be looked at. */
  readonly readsOn?: boolean;
}

/** What there is where no hub runs, or none that lets us in. */
const NO_HUB: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "EACCES", "ENOTDIR"]);

const START_ONE = "start one with nanotrigger hub, or name another with --hub URL";

const transports = [tcp, ipc];

/**
 * Opens the queue.
 * @throws {UserError} if the hub that was named is not there
 * @throws {UserError} if it does not let us in
 */
export async function openQueue(wish: QueueSelection, around: QueueContext): Promise<Queue> {
  if (wish.listen.length > 0) return await openOwnQueue(wish, around);
  const hub = await findHub(wish, around);
  if (hub) return hub;
  if (!wish.async) return await openOwnQueue(wish, around);
  throw new UserError("--async needs a hub that goes on by itself, and none runs here", {
    hint: START_ONE,
  });
}

/**
 * Connects to the hub that was named.
 * @throws {UserError} if there is none
 */
export async function requireHub(
  wish: Omit<QueueSelection, "insecure" | "listen">,
  around: QueueContext,
): Promise<RemoteQueue> {
  const hub = await findHub(wish, around);
  if (hub) return hub;
  throw new UserError("no hub runs here", { hint: START_ONE });
}

/** Becomes the queue. */
async function openOwnQueue(
  { listen, insecure }: Pick<QueueSelection, "listen" | "insecure">,
  { log, readsOn = false }: Pick<QueueContext, "log" | "readsOn">,
): Promise<LocalQueue> {
  const pins = await openKnownAgents(findInstallationPaths().knownAgentsFile);
  if (!readsOn) revokeRootRead();
  const opening = openLocalQueue({
    listen: listen.length > 0 ? listen : [DEFAULT_LISTEN_URL],
    transports,
    version: VERSION,
    insecure,
    pins,
    onEvent: new HubLog(log).onEvent,
  });
  return await opening.catch((error) => Promise.reject(withPortHint(error)));
}

/** A hub whose control socket is not for us looks like any other program that holds the port. */
function withPortHint(error: unknown): unknown {
  if (!(error instanceof TransportError) || error.code !== "EADDRINUSE") return error;
  return new UserError(error.message, {
    cause: error,
    hint: "if a hub runs there, ask it: --hub and the URL of its control socket, for which its " +
      "administrator may have to let you in; or be the queue elsewhere with --listen",
  });
}

/** Connects to the hub that was named, or to the one that runs on this machine if one does. */
export async function findHub(
  wish: Omit<QueueSelection, "insecure" | "listen">,
  around: QueueContext,
): Promise<RemoteQueue | undefined> {
  if (wish.hub !== undefined) return await connect(wish.hub, wish, around);
  for (const path of findInstallationPaths().controlSockets) {
    try {
      return await connect(`ipc://${path}`, wish, around);
    } catch (error) {
      if (!(error instanceof TransportError) || !NO_HUB.has(error.code)) throw error;
    }
  }
  return undefined;
}

async function connect(
  url: string,
  { key, passphraseFile }: Partial<KeyChoice>,
  { terminal, log, signal, readsOn = false }: QueueContext,
): Promise<RemoteQueue> {
  const places = findInstallationPaths();
  const choice = { key, passphraseFile };
  const queue = await openRemoteQueue({
    url,
    transports,
    version: VERSION,
    key: () => openOperatorKey(choice, places, terminal),
    pins: await openKnownAgents(places.knownAgentsFile),
    onEvent: (event) => {
      if (event === "lost") terminal.warning("the hub has gone; waiting for it to come back");
      else log.logger("hub").info("the hub is back");
    },
  }, signal);
  if (!readsOn) revokeRootRead();
  return queue;
}
