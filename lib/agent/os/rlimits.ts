/**
 * Resource limits (setrlimit(2)), as `prlimit` of util-linux sets them: those of commands, and no
 * core dumps of the agent. A core file holds the memory of a process, and so the agent's key and
 * the secrets of commands. Needs `--allow-run` for `prlimit`.
 * @module
 */
import { runTool } from "./run_tool.ts";

/** The limits of one process; what is absent is inherited from the agent. */
export interface Rlimits {
  /** The largest core file, in bytes. */
  readonly core?: number;
  /** The largest number of open files. */
  readonly nofile?: number;
  /** The largest number of processes and threads of the user on the whole host. */
  readonly nproc?: number;
  /** The largest file that may be written, in bytes. */
  readonly fsize?: number;
  /** Processor time of one process, in seconds. */
  readonly cpu?: number;
}

/** Limits of commands that do not run as root. */
export const USER_RLIMITS: Rlimits = {
  core: 0,
  nofile: 1024,
  // Counts everything that the user has running, not this command alone: a desktop has hundreds.
  nproc: 4096,
  fsize: 1024 ** 3,
  cpu: 3600,
};

/**
 * Limits of commands that run as root. Root can lift every limit again, so they would guard
 * against nothing; but a service that the command restarts without systemd would inherit them,
 * and a database would die an hour later.
 */
export const ROOT_RLIMITS: Rlimits = { core: 0 };

/** The names in the order in which they are written on the command line. */
const RLIMIT_NAMES = ["core", "nofile", "nproc", "fsize", "cpu"] as const;

/** Where `prlimit` may be. */
export const PRLIMIT_PATHS: readonly string[] = ["/usr/bin/prlimit", "/bin/prlimit"];

/**
 * Writes `limits` as options of `prlimit`. Those that `hard`, the limits of the agent itself, does not
 * exceed are left out: commands inherit them, and to raise one takes root.
 */
export function prlimitOptions(limits: Rlimits, hard: Rlimits): readonly string[] {
  return RLIMIT_NAMES.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined || limit >= (hard[name] ?? Infinity) ? [] : [`--${name}=${limit}`];
  });
}

/** Reads the answer of `prlimit --raw --noheadings --output=RESOURCE,HARD`. */
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
 * Has a process, this one unless `pid` says otherwise, and all that it starts from now on leave no core
 * files. Commands of root's are limited by nothing else, so that they start without a `prlimit` of their
 * own. Where there is no `prlimit` nothing changes.
 */
export async function disableCoreDumps(pid: number = Deno.pid): Promise<void> {
  await runTool(PRLIMIT_PATHS, [`--pid=${pid}`, "--core=0"]);
}
