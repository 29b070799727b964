/**
 * Where the files of this user and of this machine are. Needs the environment.
 * @module
 */
import { type FolderPair, groupSourceIn, systemFolders, userFolders } from "./folders.ts";
import type { GroupPlaces } from "./group_lookup.ts";

/** The paths of everything that is kept in files. */
export interface Places {
  /** Trust files that are read where they exist. */
  readonly trusted: readonly string[];
  /** Lists of revoked keys. */
  readonly revoked: readonly string[];
  /** Groups of hosts. */
  readonly groups: GroupPlaces;
  /** The operator's secret key; `undefined` without a home. */
  readonly operatorKey: string | undefined;
  /** The trust file to which a new operator's key is added. */
  readonly ownTrusted: string | undefined;
  /** The list of agents whose keys are known; `undefined` without a home. */
  readonly knownAgents: string | undefined;
  /** The lines that were typed into the shell; `undefined` without a home. */
  readonly history: string | undefined;
  /** The folder below which agents keep their state; `undefined` without a home. */
  readonly state: string | undefined;
  /** The folders of configuration; the user's own last. */
  readonly folders: readonly string[];
  /** The control sockets of hubs that may run here; one's own first. */
  readonly controls: readonly string[];
}

/** Finds the places of the user whose environment this is. Root keeps state in the system's folder. */
export function findPlaces(): Places {
  const user = userFolders({
    HOME: Deno.env.get("HOME"),
    XDG_CONFIG_HOME: Deno.env.get("XDG_CONFIG_HOME"),
    XDG_STATE_HOME: Deno.env.get("XDG_STATE_HOME"),
  });
  const folders: readonly FolderPair[] = user ? [systemFolders, user] : [systemFolders];
  const state = Deno.uid() === 0 ? systemFolders.state : user?.state;
  const inConfig = (file: string) => folders.map(({ config }) => `${config}/${file}`);
  return {
    trusted: inConfig("trusted_keys"),
    revoked: inConfig("revoked_keys"),
    groups: { files: inConfig("groups"), programs: folders.map(groupSourceIn) },
    operatorKey: user && `${user.config}/operator.key`,
    ownTrusted: user && `${user.config}/trusted_keys`,
    knownAgents: user && `${user.config}/known_agents`,
    history: user && `${user.state}/shell_history`,
    state,
    folders: folders.map(({ config }) => config),
    controls: [...new Set([state, systemFolders.state])].flatMap((folder) =>
      folder === undefined ? [] : `${folder}/hub/control.sock`
    ),
  };
}
