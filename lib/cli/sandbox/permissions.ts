/**
 * The permissions of each program: the flags of its start, the permissions that it revokes later,
 * and the command that starts it again with the same flags.
 * @module
 */
import { FIXED_PATH } from "../../agent/os/host_tools.ts";
import { groupSourcePath, type ProgramFolders, systemFolders, userFolders } from "./folders.ts";

/** The agent (`nanoexec`) or the trigger (`nanotrigger`). */
export type Program = "exec" | "trigger";

/** The parameters of the permissions of one start or one build. */
export interface PermissionScope {
  /** The user's own folders; without them only the system's folders are accessible. */
  readonly user?: ProgramFolders | undefined;
  /** The paths of the unix sockets to connect to or listen on (`ipc://`). */
  readonly sockets?: readonly string[];
  /** More files and folders to read. */
  readonly readable?: readonly string[];
  /** More files and folders to read and write. */
  readonly writable?: readonly string[];
  /** The allowed peers, as `HOST` or `HOST:PORT`; any by default. */
  readonly allowNet?: readonly string[];
  /**
   * The programs that an agent may start, preferably as absolute paths; any by default. A trigger
   * may start these and the group sources in its folders.
   */
  readonly allowRun?: readonly string[];
  /** More programs that a trigger may start, unless `allowRun` is given. */
  readonly programs?: readonly string[];
}

/** The shell that runs `!COMMAND` of `nanotrigger shell` on this machine. */
export const LOCAL_SHELL = "/bin/sh";

/** The names of both executables. */
export const programNames: Readonly<Record<Program, string>> = {
  exec: "nanoexec",
  trigger: "nanotrigger",
};

/**
 * The environment variables that the programs read. The portable executable passes on no others.
 * The runtime itself needs `PATH`, `LANG` and `TZ`.
 */
export const environmentNames: readonly string[] = [
  ...["HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"],
  ...["TERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"],
  ...["PATH", "LANG", "TZ"],
];

/**
 * `hostname`: the agent's default name. `osRelease`, `systemMemoryInfo`, `networkInterfaces`:
 * facts. `uid` and `gid` (including supplementary groups): the check that no root privilege is left
 * after `--user`, and the identity of the operator.
 */
const SYSTEM_NAMES = [
  ...["hostname", "osRelease", "systemMemoryInfo", "networkInterfaces"],
  ...["uid", "gid"],
];

/**
 * Returns the flags for `deno run` or `deno compile`, in a fixed order.
 * @throws {RangeError} if a value is empty or has a comma: Deno splits lists at commas without an
 * escape, so such a value would allow something else
 */
export function permissionFlags(program: Program, scope: PermissionScope): string[] {
  const { user, sockets = [], readable = [], writable = [], allowNet, allowRun } = scope;
  const started = allowRun ?? scope.programs ?? [];
  const folders = user ? [systemFolders, user] : [systemFolders];
  const config = folders.map((pair) => pair.config);
  const state = folders.map((pair) => pair.state);
  // An agent must not be able to extend its own trust, so only the trigger writes configuration.
  const written = program === "trigger" ? [...config, ...state] : state;
  // Deno requires net, read and write for a unix socket; plain --allow-net includes the net part.
  const peers = allowNet && [...allowNet, ...sockets.map((path) => `unix:${path}`)];
  // For checking the folders above its files; revoked before anyone can connect.
  const above = "/";
  // The agent inspects a program before it runs it, only in the folders of its fixed path.
  const programs = program === "exec" ? FIXED_PATH.split(":") : [];
  return [
    "--no-prompt",
    ...flag("net", peers),
    ...flag(
      "run",
      program === "exec" ? allowRun : [...folders.map(groupSourcePath), ...started],
    ),
    ...flag("env", environmentNames),
    ...flag("sys", SYSTEM_NAMES),
    ...flag("read", [
      above,
      ...[...config, ...state, ...programs, ...sockets, ...readable, ...writable],
    ]),
    ...flag("write", [...written, ...sockets, ...writable]),
  ];
}

/** Returns one flag: without values if `values` is undefined, and none if nothing is allowed. */
function flag(kind: string, values: readonly string[] | undefined): string[] {
  if (values === undefined) return [`--allow-${kind}`];
  if (values.length === 0) return [];
  const bad = values.find((value) => value === "" || value.includes(","));
  if (bad !== undefined) {
    throw new RangeError(`--allow-${kind} cannot hold ${JSON.stringify(bad)}`);
  }
  return [`--allow-${kind}=${values.join(",")}`];
}

const FACT_PERMISSIONS = [
  "hostname",
  "osRelease",
  "systemMemoryInfo",
  "networkInterfaces",
] as const;

/**
 * Restricts reading to the program's own folders and the paths of its command line. The folders
 * above them have been checked already (`lib/base/private_folder.ts`). Synchronous, so that nothing
 * can arrive from the network meanwhile.
 */
export function revokeRootRead(): void {
  Deno.permissions.revokeSync({ name: "read", path: "/" });
}

/** Revokes the permission to run local commands, which an executable may have been built with. */
export function revokeLocalShell(): void {
  Deno.permissions.revokeSync({ name: "run", command: LOCAL_SHELL });
}

/** Revokes the same as {@linkcode revokeRootRead}, and the environment and system information. */
export function revokeStartupReads(): void {
  revokeRootRead();
  for (const variable of environmentNames) Deno.permissions.revokeSync({ name: "env", variable });
  for (const kind of FACT_PERMISSIONS) Deno.permissions.revokeSync({ name: "sys", kind });
}

/** Revokes the same as {@linkcode revokeStartupReads}, and the permission to start programs. */
export function revokeStartupReadsAndPrograms(): void {
  revokeStartupReads();
  Deno.permissions.revokeSync({ name: "run" });
}

/**
 * Returns the command that starts this program with `args`, either as an executable or from source
 * with Deno. `scope` has the paths that `args` name.
 */
export function restartCommand(
  program: Program,
  args: readonly string[],
  scope: PermissionScope,
): [string, ...string[]] {
  if (Deno.build.standalone) return [Deno.execPath(), ...args];
  const user = userFolders({ HOME: Deno.env.get("HOME") });
  const flags = permissionFlags(program, { ...scope, user });
  return [Deno.execPath(), "run", ...flags, Deno.mainModule, ...args];
}
