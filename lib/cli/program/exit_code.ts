/**
 * Exit statuses: the one table from host outcomes to the status of the process.
 *
 * - 0: the command exited with 0 on every host of the target; with `--dry-run`, every host would
 * run it.
 *
 * - 1: wrong usage, or a local error. It says nothing about the hosts.
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

/** All is well. */
export const EXIT_OK = 0;
/** Wrong usage or a local error. */
export const EXIT_ERROR = 1;
/** The command failed on some host. */
export const EXIT_FAILED = 2;
/** Some host is lost or was never reached. */
export const EXIT_LOST = 4;
/** Stopped: too many hosts had failed or were lost, or the canaries did not do well. */
export const EXIT_STOPPED = 8;
/** Some host refused by policy. */
export const EXIT_REFUSED = 16;
/** Interrupted from the keyboard: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** With `--maxrc`, the code of a host that has none: pdsh's "could not connect". */
const MAXRC_WITHOUT_CODE = 254;

/** How a run ended as a whole, beside how it ended on each host. */
export interface ExitOptions {
  /** Somebody pressed Ctrl-C. */
  readonly interrupted?: boolean;
  /** Report the largest remote code instead (`--maxrc`). */
  readonly maxrc?: boolean;
  /** It was stopped before every host had its turn, or too much had happened by then. */
  readonly stopped?: boolean;
  /** Leave out hosts that are lost or were never reached (`--ok-if-lost`). */
  readonly okIfLost?: boolean;
}

/** The status for `outcomes`, one per host that was meant. No host at all is an error. */
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
 * The status of several runs, one after another: as if they had been one. An interrupt, and then a local
 * error, wins over everything else.
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
  skipped: EXIT_OK, // what stopped the rollout has a status of its own
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

/** The signals whose numbers are the same on Linux and macOS and that end a process. */
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
