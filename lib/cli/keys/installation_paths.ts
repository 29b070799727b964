/**
 * The paths of all files of this user and this machine: trust and revocation files, keys, groups,
 * shell history, state and control sockets. Reads the environment.
 * @module
 */
import {
  groupSourcePath,
  type ProgramFolders,
  systemFolders,
  userFolders,
} from "../sandbox/folders.ts";

/** The files and programs that define groups of hosts. */
export interface GroupPaths {
  /** Groups files; later ones override earlier ones. */
  readonly files: readonly string[];
  /** Programs for the groups of other sources; later ones are called first. */
  readonly programs: readonly string[];
}

/** The paths of all stored files. */
export interface InstallationPaths {
  /** Trust files that are read if they exist. */
  readonly trustFiles: readonly string[];
  /** A hub's own trust files, which agents do not read. */
  readonly hubOperatorFiles: readonly string[];
  /** Lists of revoked keys. */
  readonly revocationFiles: readonly string[];
  /** The sources of groups. */
  readonly groups: GroupPaths;
  /** The operator's secret key; `undefined` without a home. */
  readonly operatorKeyFile: string | undefined;
  /** The trust file to which a new operator's key is added. */
  readonly userTrustFile: string | undefined;
  /** The list of known agent keys; `undefined` without a home. */
  readonly knownAgentsFile: string | undefined;
  /** The history of the shell; `undefined` without a home. */
  readonly historyFile: string | undefined;
  /** The folder for the state of agents; `undefined` without a home. */
  readonly stateFolder: string | undefined;
  /** The configuration folders; the user's own is last. */
  readonly configFolders: readonly string[];
  /** The control sockets of hubs on this machine; the user's own is first. */
  readonly controlSockets: readonly string[];
}

/** Returns the paths for the user of this environment. Root uses the system's state folder. */
export function findInstallationPaths(): InstallationPaths {
  const user = userFolders({
    HOME: Deno.env.get("HOME"),
    XDG_CONFIG_HOME: Deno.env.get("XDG_CONFIG_HOME"),
    XDG_STATE_HOME: Deno.env.get("XDG_STATE_HOME"),
  });
  const folders: readonly ProgramFolders[] = user ? [systemFolders, user] : [systemFolders];
  const state = Deno.uid() === 0 ? systemFolders.state : user?.state;
  const inConfig = (file: string) => folders.map(({ config }) => `${config}/${file}`);
  return {
    trustFiles: inConfig("trusted_keys"),
    hubOperatorFiles: inConfig("hub_operators"),
    revocationFiles: inConfig("revoked_keys"),
    groups: { files: inConfig("groups"), programs: folders.map(groupSourcePath) },
    operatorKeyFile: user && `${user.config}/operator.key`,
    userTrustFile: user && `${user.config}/trusted_keys`,
    knownAgentsFile: user && `${user.config}/known_agents`,
    historyFile: user && `${user.state}/shell_history`,
    stateFolder: state,
    configFolders: folders.map(({ config }) => config),
    controlSockets: [...new Set([state, systemFolders.state])].flatMap((folder) =>
      folder === undefined ? [] : `${folder}/hub/control.sock`
    ),
  };
}
