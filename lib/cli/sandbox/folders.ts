/**
 * The folders in which both programs keep their files: those of the system and those of the user,
 * by the XDG Base Directory Specification 0.8.
 * @module
 */

/**
 * The folder for files that people write or copy (keys, trust), and the folder for the program's
 * own files.
 */
export interface ProgramFolders {
  /** Absolute path of the configuration. */
  readonly config: string;
  /** Absolute path of journals and own keys. */
  readonly state: string;
}

/** The environment variables that {@linkcode userFolders} reads. */
export type FolderEnvironment = Readonly<
  Partial<Record<"HOME" | "XDG_CONFIG_HOME" | "XDG_STATE_HOME", string | undefined>>
>;

/** The folders of a program that serves the whole machine. */
export const systemFolders: ProgramFolders = {
  config: "/etc/nanoexec",
  state: "/var/lib/nanoexec",
};

/**
 * Returns the folders of one user, or `undefined` if the environment does not define them. Ignores
 * a relative path in an XDG variable, as the specification requires.
 */
export function userFolders(environment: FolderEnvironment): ProgramFolders | undefined {
  const home = absolute(environment.HOME);
  const config = absolute(environment.XDG_CONFIG_HOME) ?? below(home, ".config");
  const state = absolute(environment.XDG_STATE_HOME) ?? below(home, ".local/state");
  if (config === undefined || state === undefined) return undefined;
  return { config: `${config}/nanoexec`, state: `${state}/nanoexec` };
}

/** Returns the path of the only program that every trigger may run: the source of other groups. */
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
