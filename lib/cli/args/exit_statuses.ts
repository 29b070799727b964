/**
 * The exit statuses of every command, for help and manual pages.
 * @module
 */
import {
  EXIT_ERROR,
  EXIT_FAILED,
  EXIT_INTERRUPTED,
  EXIT_LOST,
  EXIT_OK,
  EXIT_REFUSED,
  EXIT_STOPPED,
} from "../process/exit_code.ts";

/** An exit status with its meaning. */
export interface ExitStatus {
  /** The status. */
  readonly status: number;
  /** The meaning, as a phrase. */
  readonly meaning: string;
}

/** 128 + SIGQUIT. The system sets it. */
const EXIT_QUIT = 131;

const LOCAL_ERROR: ExitStatus = {
  status: EXIT_ERROR,
  meaning: "wrong usage or a local error; no statement about hosts",
};

const INTERRUPTED: ExitStatus = { status: EXIT_INTERRUPTED, meaning: "interrupted (Ctrl-C)" };

/** The statuses of commands that return the results of hosts. */
export const runStatuses: readonly ExitStatus[] = [
  { status: EXIT_OK, meaning: "the command succeeded on every host" },
  LOCAL_ERROR,
  { status: EXIT_FAILED, meaning: "failed on some host: exit code, signal, timeout, cancel" },
  { status: EXIT_LOST, meaning: "some host is lost, not reached, not ended or unverified" },
  { status: EXIT_STOPPED, meaning: "the rollout stopped, or the canary check failed" },
  { status: EXIT_REFUSED, meaning: "some host refused the command by its policy" },
  INTERRUPTED,
  { status: EXIT_QUIT, meaning: "ended by Ctrl-\\ while no hub continues the job" },
];

/** The statuses of commands that return an answer of each host. */
export function answerStatuses(
  { ok, lost }: { readonly ok: string; readonly lost: string },
): readonly ExitStatus[] {
  return [
    { status: EXIT_OK, meaning: ok },
    LOCAL_ERROR,
    { status: EXIT_LOST, meaning: lost },
    INTERRUPTED,
  ];
}

/** The statuses of a command that decides as a policy does. */
export const policyStatuses: readonly ExitStatus[] = [
  { status: EXIT_OK, meaning: "the policy allows the command" },
  LOCAL_ERROR,
  { status: EXIT_REFUSED, meaning: "the policy refuses the command" },
];

/** The statuses of all other commands. `ok` and `error` replace the usual meanings. */
export function plainStatuses(
  { ok = "success", error = "wrong usage or an error" }: {
    readonly ok?: string;
    readonly error?: string;
  } = {},
): readonly ExitStatus[] {
  return [{ status: EXIT_OK, meaning: ok }, { status: EXIT_ERROR, meaning: error }, INTERRUPTED];
}

const ADDED = [EXIT_FAILED, EXIT_LOST, EXIT_STOPPED, EXIT_REFUSED];

/** Returns the sentence about statuses that are added, if `statuses` has several of them. */
export function sumNote(statuses: readonly ExitStatus[]): string | undefined {
  const added = ADDED.filter((each) => statuses.some(({ status }) => status === each));
  if (added.length < 2) return undefined;
  const last = added.pop();
  return `${added.join(", ")} and ${last} are added: ${EXIT_FAILED + EXIT_LOST} means that some ` +
    "hosts failed and some were lost. The others stand alone.";
}
