/**
 * Connects to a hub that runs by itself, or opens a hub inside this process.
 * @module
 */
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { TransportError } from "../../sp/mod.ts";
import { type LocalQueue, openLocalQueue } from "../../trigger/queue/local_queue.ts";
import { openRemoteQueue, type RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { DEFAULT_LISTEN_URL, type QueueChoice } from "../args/queue_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { openKnownAgents } from "../keys/known_agents.ts";
import { HubLog } from "../log/event_log.ts";
import type { Log } from "../log/log.ts";
import { VERSION } from "../program/build_info.ts";
import { UserError } from "../../base/errors.ts";
import { TRANSPORTS } from "../program/transports.ts";
import { revokeRootRead } from "../sandbox/permissions.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** How a queue in this process is opened. */
export interface OwnQueueSettings extends Pick<QueueChoice, "listen"> {
  /** Whether agents of the first program may attach. */
  readonly insecure: boolean;
  /** Whether private files are read later, so that the folders above them must stay readable. */
  readonly readsPrivateFilesLater?: boolean;
}

/** What a connection to a hub needs. */
export interface ConnectionContext {
  /** Opens the key to log in with, if the hub wants a login. */
  readonly key: () => Promise<SecretKey>;
  /** Where a lost connection is reported. */
  readonly terminal: Terminal;
  /** Where events are logged. */
  readonly log: Log;
}

/** The errors of a control socket where no hub runs, or none that lets this user in. */
const NO_HUB: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "EACCES", "ENOTDIR"]);

/**
 * Opens a queue in this process. Before it listens, it gives up the right to read every folder,
 * unless private files are read later.
 * @throws {UserError} if another program listens there
 */
export async function openOwnQueue(
  { listen, insecure, readsPrivateFilesLater = false }: OwnQueueSettings,
  log: Log,
): Promise<LocalQueue> {
  const pins = await openKnownAgents(findInstallationPaths().knownAgentsFile);
  if (!readsPrivateFilesLater) revokeRootRead();
  const opening = openLocalQueue({
    listen: listen.length > 0 ? listen : [DEFAULT_LISTEN_URL],
    transports: TRANSPORTS,
    version: VERSION,
    insecure,
    pins,
    onEvent: new HubLog(log).onEvent,
  });
  return await opening.catch((error) => Promise.reject(withPortHint(error)));
}

/** A hub whose control socket is closed to this user looks like any other program on the port. */
function withPortHint(error: unknown): unknown {
  if (!(error instanceof TransportError) || error.code !== "EADDRINUSE") return error;
  return new UserError(error.message, {
    cause: error,
    hint: "if a hub runs there, ask it: --hub and the URL of its control socket, for which its " +
      "administrator may have to let you in; or be the queue elsewhere with --listen",
  });
}

/**
 * Connects to the hub at `url`, without one to the hub on this machine; resolves with `undefined`
 * if none runs here.
 * @throws {TransportError} if nothing answers at `url`
 * @throws {QueueError} if the hub rejects the login
 */
export async function findHub(
  url: string | undefined,
  context: ConnectionContext,
  signal: AbortSignal,
): Promise<RemoteQueue | undefined> {
  if (url !== undefined) return await connect(url, context, signal);
  for (const path of findInstallationPaths().controlSockets) {
    try {
      return await connect(`ipc://${path}`, context, signal);
    } catch (error) {
      if (!(error instanceof TransportError) || !NO_HUB.has(error.code)) throw error;
    }
  }
  return undefined;
}

async function connect(
  url: string,
  { key, terminal, log }: ConnectionContext,
  signal: AbortSignal,
): Promise<RemoteQueue> {
  return await openRemoteQueue({
    url,
    transports: TRANSPORTS,
    version: VERSION,
    key,
    pins: await openKnownAgents(findInstallationPaths().knownAgentsFile),
    onEvent: (event) => {
      if (event === "lost") terminal.warning("the hub has gone; waiting for it to come back");
      else log.logger("hub").info("the hub is back");
    },
  }, signal);
}
