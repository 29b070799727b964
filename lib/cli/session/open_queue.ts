/**
 * Connects to a running hub, or opens a hub inside this process.
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
import { VERSION } from "../process/build_info.ts";
import { UserError } from "../../base/errors.ts";
import { TRANSPORTS } from "../process/transports.ts";
import { revokeRootRead } from "../sandbox/permissions.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** The settings of a queue in this process. */
export interface OwnQueueSettings extends Pick<QueueChoice, "listen"> {
  /** Whether agents of the first program may attach. */
  readonly insecure: boolean;
  /** Whether private files are read later, so that the folders above them must stay readable. */
  readonly readsPrivateFilesLater?: boolean;
}

/** The context of a connection to a hub. */
export interface ConnectionContext {
  /** Opens the key for the login, if the hub requires one. */
  readonly key: () => Promise<SecretKey>;
  /** The terminal that reports a lost connection. */
  readonly terminal: Terminal;
  /** The log for events. */
  readonly log: Log;
}

/** The errors of a control socket without a hub, or with a hub that this user may not use. */
const NO_HUB: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "EACCES", "ENOTDIR"]);

/**
 * Opens a queue in this process. Before it listens, revokes the permission to read all folders,
 * unless private files are read later.
 * @throws {UserError} if another program listens on the same address
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

/**
 * Adds a hint to the error. A hub with an inaccessible control socket looks like any other program
 * on the port.
 */
function withPortHint(error: unknown): unknown {
  if (!(error instanceof TransportError) || error.code !== "EADDRINUSE") return error;
  return new UserError(error.message, {
    cause: error,
    hint: "use the hub that listens there with --hub URL, or choose another address with --listen",
  });
}

/**
 * Connects to the hub at `url`, or without a URL to the hub on this machine. Resolves with
 * `undefined` if no hub runs here.
 * @throws {TransportError} if there is no answer at `url`
 * @throws {UserError} if the hub rejects the login
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
      if (event === "lost") terminal.warning("connection to the hub lost, reconnecting");
      else log.logger("hub").info("hub reconnected");
    },
  }, signal);
}
