/**
 * Exit statuses: the one table from host outcomes to the status of the process.
 *
 * - 0: the command exited with 0 on every host of the target; with `--dry-run`, every host would
 * run it.
 *
 * - 1: wrong usage, or a local error. It is not about the hosts.
 *
 * - 2: the command failed on some host: another exit code, a signal, a timeout or a cancel.
 *
 * - 4: some host is lost, was not reached, proves nothing, or has not ended when the program
 * detaches.
 *
 * - 8: the rollout stopped: too many hosts failed or were lost, or the canary check failed.
 *
 * - 16: some host refused the command by its policy.
 *
 * - 130: interrupted from the keyboard.
 *
 * - 131: SIGQUIT (Ctrl-\), unless a hub continues the job. The system sets it.
 *
 * 2, 4, 8 and 16 are added: 6 is "some failed, some lost", 18 "some failed, some refused". 1, 130
 * and 131 stand alone. An interrupt wins over everything but a local error.
 *
 * With `--maxrc` (`-S`) the status is the largest exit code of any host, as with pdsh and clush. A
 * signal counts as 128 plus its number, a host without an exit code as 254.
 *
 * With `--ok-if-lost`, lost and unreached hosts do not count. An answer that proves nothing still
 * does.
 * @module
 */

import {
  type HostOutcome,
  type OutcomeClass,
  outcomeClass,
} from "../../protocol/job/host_state.ts";

/** Success on all hosts. */
export const EXIT_OK = 0;
/** Wrong usage or a local error. */
export const EXIT_ERROR = 1;
/** The command failed on some host. */
export const EXIT_FAILED = 2;
/** Some host is lost or was not reached. */
export const EXIT_LOST = 4;
/** The rollout stopped: too many hosts failed or were lost, or the canary check failed. */
export const EXIT_STOPPED = 8;
/** Some host refused by policy. */
export const EXIT_REFUSED = 16;
/** Interrupted from the keyboard: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** With `--maxrc`, the code of a host without one: pdsh's "could not connect". */
const MAXRC_WITHOUT_CODE = 254;

/** The outcome of a whole run, in addition to the outcome of each host. */
export interface ExitOptions {
  /** Whether the user has pressed Ctrl-C. */
  readonly interrupted?: boolean;
  /** Whether to return the largest remote code instead (`--maxrc`). */
  readonly maxrc?: boolean;
  /** Whether the rollout stopped: hosts were skipped, or a threshold was exceeded. */
  readonly stopped?: boolean;
  /** Whether to ignore hosts that are lost or were not reached (`--ok-if-lost`). */
  readonly okIfLost?: boolean;
}

/** Returns the status for `outcomes`, one per host of the target. No host at all is an error. */
export function exitCode(outcomes: Iterable<HostOutcome>, options: ExitOptions = {}): number {
  const all = [...outcomes];
  if (options.interrupted) return EXIT_INTERRUPTED;
  if (all.length === 0) return EXIT_ERROR;
  const counted = options.okIfLost ? all.filter((outcome) => !isLostOrUndelivered(outcome)) : all;
  if (options.maxrc) return counted.reduce((max, outcome) => Math.max(max, remoteCode(outcome)), 0);
  const start = options.stopped ? EXIT_STOPPED : EXIT_OK;
  return counted.reduce((bits, outcome) => bits | BITS[outcomeClass(outcome)], start);
}

/**
 * Combines the statuses of consecutive runs, as if they were one run. An interrupt takes
 * precedence, then a local error.
 */
export function sumStatuses(
  statuses: readonly number[],
  { maxrc }: Pick<ExitOptions, "maxrc"> = {},
): number {
  if (maxrc) return Math.max(EXIT_OK, ...statuses);
  for (const alone of [EXIT_INTERRUPTED, EXIT_ERROR]) if (statuses.includes(alone)) return alone;
  return statuses.reduce((bits, status) => bits | status, EXIT_OK);
}

function isLostOrUndelivered({ kind }: HostOutcome): boolean {
  return kind === "lost" || kind === "expired";
}

const BITS: Readonly<Record<OutcomeClass, number>> = {
  ok: EXIT_OK,
  failed: EXIT_FAILED,
  refused: EXIT_REFUSED,
  lost: EXIT_LOST,
  skipped: EXIT_OK, // a stopped rollout has its own status
};

function remoteCode(outcome: HostOutcome): number {
  switch (outcome.kind) {
    case "exited":
      return outcome.code;
    case "allowed":
      return 0;
    case "signalled":
      return 128 + (SIGNALS[outcome.signal] ?? 0);
    default:
      return MAXRC_WITHOUT_CODE;
  }
}

/** The signals that end a process and have the same number on Linux and macOS. */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
};
