/**
 * `nanotrigger hub`: runs a hub until it is stopped. The hub's owner can use its control socket
 * without a login. If a group can use it too, everybody must log in there.
 * @module
 */
import { dirname } from "node:path";
import { FolderOwnership } from "../../base/private_folder.ts";
import { freeDescriptors } from "../sandbox/free_descriptors.ts";
import { HubFolder, openHubDaemon } from "../../hub/hub_daemon.ts";
import { openHubStore } from "../../hub/store/hub_store.ts";
import { DEFAULT_LISTEN_URL } from "../args/queue_options.ts";
import { revokeStartupReadsAndPrograms } from "../sandbox/permissions.ts";
import { HubLog } from "../log/event_log.ts";
import { openLog } from "../log/log.ts";
import { findInstallationPaths, type InstallationPaths } from "../keys/installation_paths.ts";
import { VERSION } from "../process/build_info.ts";
import { PeerBudget } from "../../sp/mod.ts";
import { UserError } from "../../base/errors.ts";
import { StopSignals } from "../process/stop_signals.ts";
import { TRANSPORTS } from "../process/transports.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { reloadTrustOnHangup } from "../keys/agent_trust.ts";
import { loadHubTrust } from "../keys/hub_trust.ts";
import type { HubOptions } from "./hub_options.ts";

const GROUP_FILE = "/etc/group";

/**
 * Looks up the group `name`.
 * @returns the group id
 * @throws {UserError} if there is no such group
 */
export async function findGroupId(name: string): Promise<number> {
  for (const line of (await Deno.readTextFile(GROUP_FILE)).split("\n")) {
    const [group, _password, gid] = line.split(":");
    if (group === name && /^\d+$/.test(gid ?? "")) return Number(gid);
  }
  throw new UserError(`no such group in ${GROUP_FILE}: ${name}`, {
    hint: "name a group whose members are the operators",
  });
}

/**
 * Checks the folders of a socket before it is created, because its owner and mode are changed by
 * path.
 * @throws {UserError} if other users could replace the socket
 */
export function checkControlFolder(path: string): void {
  const found = new FolderOwnership().problemOfEntries(dirname(path));
  if (found === undefined) return;
  throw new UserError(`cannot use the control socket ${path}: ${found.problem}`, {
    hint: found.hint ?? "use a socket in another folder with --control",
  });
}

/** Restricts the socket at `path` to its owner and the group `gid`. */
export async function restrictControlSocket(path: string, gid: number | undefined): Promise<void> {
  if (gid === undefined) return await Deno.chmod(path, 0o600);
  await Deno.chown(path, null, gid);
  await Deno.chmod(path, 0o660);
}

/** The maximum stored output per stream and host, in bytes. Equal to the maximum of an agent. */
const KEEP_OUTPUT = 16_777_216;

/** Runs the hub; resolves with the exit status when it has ended. */
export async function runHub(options: HubOptions, terminal: Terminal): Promise<number> {
  const paths = findInstallationPaths();
  using log = openLog("nanotrigger", options, terminal);
  const report = new HubLog(log);
  using folder = new HubFolder(options.state ?? defaultState(paths));
  const control = options.control ?? folder.control;
  checkControlFolder(control);
  const trust = await loadHubTrust(options.trust, paths);
  const { store, problem } = openHubStore({
    path: folder.store,
    onLoss: (error) => report.onEvent({ kind: "store-failed", error }),
    ...(options.keepMs !== undefined && { keepMs: options.keepMs }),
    ...(options.keepBytes !== undefined && { keepBytes: options.keepBytes }),
  });
  using _store = store;
  if (problem !== undefined) terminal.warning(problem);
  const { controlGroup } = options;
  const group = controlGroup === undefined ? undefined : await findGroupId(controlGroup);
  using stop = new StopSignals();
  revokeStartupReadsAndPrograms();
  await using daemon = await openHubDaemon({
    listen: options.listen.length > 0 ? options.listen : [DEFAULT_LISTEN_URL],
    control: `ipc://${control}`,
    transports: TRANSPORTS,
    store,
    version: VERSION,
    insecure: options.insecure,
    // The hub cannot tell its owner from the group, and the group has no rights of its own.
    controlLogin: group !== undefined,
    operators: trust,
    keepOutput: KEEP_OUTPUT,
    budget: new PeerBudget({
      free: (atMost) => freeDescriptors(dirname(folder.store), atMost),
    }),
    onEvent: report.onEvent,
  });
  await restrictControlSocket(control, group);
  using _reload = reloadTrustOnHangup(trust, log, () => daemon.recheckOperators());
  await terminal.print(`Listening on ${daemon.dispatcher.urls.join(" ")}`);
  if (options.insecure) {
    terminal.warning("--insecure: agents of the first program may attach, which check nothing");
  }
  await stop.waitForStop();
  return 0;
}

function defaultState({ stateFolder: state }: InstallationPaths): string {
  if (state !== undefined) return `${state}/hub`;
  throw new UserError("no default state folder for the hub: HOME is not set", {
    hint: "name a folder with --state",
  });
}
