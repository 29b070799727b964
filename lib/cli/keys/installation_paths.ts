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

/** Where groups of hosts are defined. */
export interface GroupPaths {
  /** Groups files; later ones win. */
  readonly files: readonly string[];
  /** Programs that know the groups of other sources; later ones are asked first. */
  readonly programs: readonly string[];
}

/** The paths of everything that is kept in files. */
export interface InstallationPaths {
  /** Trust files that are read where they exist. */
  readonly trustFiles: readonly string[];
  /** Lists of revoked keys. */
  readonly revocationFiles: readonly string[];
  /** Groups of hosts. */
  readonly groups: GroupPaths;
  /** The operator's secret key; `undefined` without a home. */
  readonly operatorKeyFile: string | undefined;
  /** The trust file to which a new operator's key is added. */
  readonly userTrustFile: string | undefined;
  /** The list of agents whose keys are known; `undefined` without a home. */
  readonly knownAgentsFile: string | undefined;
  /** The lines that were typed into the shell; `undefined` without a home. */
  readonly historyFile: string | undefined;
  /** The folder below which agents keep their state; `undefined` without a home. */
  readonly stateFolder: string | undefined;
  /** The folders of configuration; the user's own last. */
  readonly configFolders: readonly string[];
  /** The control sockets of hubs that may run here; one's own first. */
  readonly controlSockets: readonly string[];
}

/** Finds the places of the user whose environment this is. Root keeps state in the system's folder. */
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
