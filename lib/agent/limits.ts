/**
 * Resource limits of commands, as `prlimit` from util-linux sets them (setrlimit(2)).
 * Pure. Imports nothing.
 * @module
 */

/** The limits of one process; what is absent is inherited from the agent. */
export interface Limits {
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
export const USER_LIMITS: Limits = {
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
export const ROOT_LIMITS: Limits = { core: 0 };

/** The names in the order in which they are written on the command line. */
const NAMES = ["core", "nofile", "nproc", "fsize", "cpu"] as const;

/** Where `prlimit` may be. */
export const PRLIMIT_PATHS: readonly string[] = ["/usr/bin/prlimit", "/bin/prlimit"];

/**
 * Writes `limits` as options of `prlimit`. Those that `hard`, the limits of the agent itself, does not
 * exceed are left out: commands inherit them, and to raise one takes root.
 */
export function prlimitOptions(limits: Limits, hard: Limits): readonly string[] {
  return NAMES.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined || limit >= (hard[name] ?? Infinity) ? [] : [`--${name}=${limit}`];
  });
}

/** Reads the answer of `prlimit --raw --noheadings --output=RESOURCE,HARD`. */
export function parseHardLimits(text: string): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = {};
  for (const line of text.split("\n")) {
    const [resource = "", value = ""] = line.split(" ");
    const name = NAMES.find((name) => name === resource.toLowerCase());
    if (name !== undefined && /^\d+$/.test(value)) limits[name] = Number(value);
  }
  return limits;
}
