/**
 * Sets resource limits (setrlimit(2)) with `prlimit` of util-linux: those of commands, and no core
 * dumps of the agent. A core file holds the memory of a process, and so the agent's key and the
 * secrets of commands. Needs `--allow-run` for `prlimit`.
 * @module
 */
import { runTool } from "./run_tool.ts";

/** The limits of one process; absent ones are inherited from the agent. */
export interface Rlimits {
  /** The largest core file, in bytes. */
  readonly core?: number;
  /** The largest number of open files. */
  readonly nofile?: number;
  /** The largest number of processes and threads of the user on the whole host. */
  readonly nproc?: number;
  /** The largest file that can be written, in bytes. */
  readonly fsize?: number;
  /** CPU time of one process, in seconds. */
  readonly cpu?: number;
}

/** Limits of commands that do not run as root. */
export const USER_RLIMITS: Rlimits = {
  core: 0,
  nofile: 1024,
  // Counts all processes of the user, not this command alone: a desktop has hundreds.
  nproc: 4096,
  fsize: 1024 ** 3,
  cpu: 3600,
};

/**
 * Limits of commands that run as root. Root can raise every limit again, so limits would not
 * protect. A service that the command restarts without systemd would inherit them, and a database
 * would die an hour later.
 */
export const ROOT_RLIMITS: Rlimits = { core: 0 };

/** The names in the order of the command line. */
const RLIMIT_NAMES = ["core", "nofile", "nproc", "fsize", "cpu"] as const;

/** The possible paths of `prlimit`. */
export const PRLIMIT_PATHS: readonly string[] = ["/usr/bin/prlimit", "/bin/prlimit"];

/**
 * Converts `limits` to options of `prlimit`. Leaves out limits that `hard`, the agent's own limits,
 * does not exceed: commands inherit them, and raising one takes root.
 */
export function prlimitOptions(limits: Rlimits, hard: Rlimits): readonly string[] {
  return RLIMIT_NAMES.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined || limit >= (hard[name] ?? Infinity) ? [] : [`--${name}=${limit}`];
  });
}

/** Parses the output of `prlimit --raw --noheadings --output=RESOURCE,HARD`. */
export function parseHardRlimits(text: string): Rlimits {
  const limits: { -readonly [Name in keyof Rlimits]: Rlimits[Name] } = {};
  for (const line of text.split("\n")) {
    const [resource = "", value = ""] = line.split(" ");
    const name = RLIMIT_NAMES.find((name) => name === resource.toLowerCase());
    if (name !== undefined && /^\d+$/.test(value)) limits[name] = Number(value);
  }
  return limits;
}

/**
 * Disables core dumps of a process, by default this one, and of all its later children. Commands of
 * root have no other limit, so that they start without a `prlimit`. Does nothing without `prlimit`.
 */
export async function disableCoreDumps(pid: number = Deno.pid): Promise<void> {
  await runTool(PRLIMIT_PATHS, [`--pid=${pid}`, "--core=0"]);
}
