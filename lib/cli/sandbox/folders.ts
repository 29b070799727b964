/**
 * The folders in which both programs keep their files: those of the system and those of the user,
 * by the XDG Base Directory Specification 0.8.
 * @module
 */

/** A folder for what people write or copy (keys, trust), and one for what the program keeps. */
export interface ProgramFolders {
  /** Absolute path of the configuration. */
  readonly config: string;
  /** Absolute path of journals and own keys. */
  readonly state: string;
}

/** The environment variables that {@linkcode userFolders} looks at. */
export type FolderEnvironment = Readonly<
  Partial<Record<"HOME" | "XDG_CONFIG_HOME" | "XDG_STATE_HOME", string | undefined>>
>;

/** The folders of a program that serves the whole machine. */
export const systemFolders: ProgramFolders = {
  config: "/etc/nanoexec",
  state: "/var/lib/nanoexec",
};

/**
 * The folders of one user, or `undefined` when the environment does not tell them. A relative
 * path in an XDG variable counts as unset, as the specification asks.
 */
export function userFolders(environment: FolderEnvironment): ProgramFolders | undefined {
  const home = absolute(environment.HOME);
  const config = absolute(environment.XDG_CONFIG_HOME) ?? below(home, ".config");
  const state = absolute(environment.XDG_STATE_HOME) ?? below(home, ".local/state");
  if (config === undefined || state === undefined) return undefined;
  return { config: `${config}/nanoexec`, state: `${state}/nanoexec` };
}

/** The one program that every trigger may run: it answers for the groups of other sources. */
export function groupSourcePath({ config }: Pick<ProgramFolders, "config">): string {
  return `${config}/group_source`;
}

function below(home: string | undefined, path: string): string | undefined {
  return home === undefined ? undefined : `${home}/${path}`;
}

function absolute(path: string | undefined): string | undefined {
  if (!path?.startsWith("/")) return undefined;
  return path.replace(/\/+$/, "");
}
