/**
 * The permissions of each program: which flags it starts with, which it gives up after its start,
 * and how it starts itself again with the same ones.
 * @module
 */
import { FIXED_PATH } from "../../agent/os/host_tools.ts";
import { groupSourcePath, type ProgramFolders, systemFolders, userFolders } from "./folders.ts";

/** The agent (`nanoexec`) or the trigger (`nanotrigger`). */
export type Program = "exec" | "trigger";

/** What the permissions of one start or one build depend on. */
export interface PermissionScope {
  /** The user's own folders; without them only those of the system are open. */
  readonly user?: ProgramFolders | undefined;
  /** The paths of the unix sockets that are dialled or listened on (`ipc://`). */
  readonly sockets?: readonly string[];
  /** More files and folders to read. */
  readonly readable?: readonly string[];
  /** More files and folders to read and write. */
  readonly writable?: readonly string[];
  /** The only peers, as `HOST` or `HOST:PORT`; by default any. */
  readonly allowNet?: readonly string[];
  /**
   * The only programs that an agent may start, best as absolute paths; by default any. A trigger may
   * start these and the group sources in its folders.
   */
  readonly allowRun?: readonly string[];
  /** Programs that a trigger may start, too, unless `allowRun` says which. */
  readonly programs?: readonly string[];
}

/** What runs commands on this machine, if `nanotrigger shell` is told to: `!COMMAND`. */
export const LOCAL_SHELL = "/bin/sh";

/** The names of both executables. */
export const programNames: Readonly<Record<Program, string>> = {
  exec: "nanoexec",
  trigger: "nanotrigger",
};

/**
 * The environment variables that the programs read. The portable executable passes on no others.
 * `PATH`, `LANG` and `TZ` are there for the runtime itself.
 */
export const environmentNames: readonly string[] = [
  ...["HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"],
  ...["TERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"],
  ...["PATH", "LANG", "TZ"],
];

/**
 * `hostname`: the agent's default name. `osRelease`, `systemMemoryInfo`, `networkInterfaces`: facts.
 * `uid` and `gid` (supplementary groups
 * too): the proof that nothing of root is left after `--user`, and who it is that triggers.
 */
const SYSTEM_NAMES = [
  ...["hostname", "osRelease", "systemMemoryInfo", "networkInterfaces"],
  ...["uid", "gid"],
];

/**
 * The flags for `deno run` or `deno compile`, in a fixed order.
 * @throws {RangeError} if a value is empty or holds a comma: Deno splits lists at every comma and
 * knows no escape, so that such a value would open something else than was meant
 */
export function permissionFlags(program: Program, scope: PermissionScope): string[] {
  const { user, sockets = [], readable = [], writable = [], allowNet, allowRun } = scope;
  const started = allowRun ?? scope.programs ?? [];
  const folders = user ? [systemFolders, user] : [systemFolders];
  const config = folders.map((pair) => pair.config);
  const state = folders.map((pair) => pair.state);
  // An agent must not be able to widen its own trust, so only the trigger writes configuration.
  const written = program === "trigger" ? [...config, ...state] : state;
  // Deno wants net, read and write for a unix socket; plain --allow-net holds its part.
  const peers = allowNet && [...allowNet, ...sockets.map((path) => `unix:${path}`)];
  // To look at the folders above its files; given up before anybody can talk to the program.
  const above = "/";
  // The agent looks at a program before it runs it, in the only folders where it looks for any.
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

/** One flag: for everything when `values` is undefined, and none when nothing is allowed. */
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
 * From here on nothing is read but the program's own folders and what its command line names. Before
 * that, the folders above them were looked at (`lib/base/private_folder.ts`). Happens at once, so that
 * nothing can arrive from the network meanwhile.
 */
export function revokeRootRead(): void {
  Deno.permissions.revokeSync({ name: "read", path: "/" });
}

/** No command is run on this machine: an executable may have been built with the right to do so. */
export function revokeLocalShell(): void {
  Deno.permissions.revokeSync({ name: "run", command: LOCAL_SHELL });
}

/** As {@linkcode revokeRootRead}, and neither the environment nor the system's figures are read any more. */
export function revokeStartupReads(): void {
  revokeRootRead();
  for (const variable of environmentNames) Deno.permissions.revokeSync({ name: "env", variable });
  for (const kind of FACT_PERMISSIONS) Deno.permissions.revokeSync({ name: "sys", kind });
}

/** As {@linkcode revokeStartupReads}, and no program is started any more. */
export function revokeStartupReadsAndPrograms(): void {
  revokeStartupReads();
  Deno.permissions.revokeSync({ name: "run" });
}

/**
 * The program, whether it is one executable or Deno running its source, with `args`, which name the
 * paths of `scope`.
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
