/**
 * Stops a command: the reasons (time limit, cancel, agent shutdown), the wait for its end or for such
 * a reason, and the end of its process group and of the processes that left the group. A shutdown is
 * not a cancel: a detached command continues, and the agent's next process resumes it.
 *
 * Signals need a full `--allow-run`. With a list of programs, `/bin/sh` must be on it, or only the
 * first process can be signalled.
 * @module
 */
import process from "node:process";
import { deadline, delay, onAbort } from "../../base/async.ts";
import type { Clock } from "../../base/clock.ts";
import { runTool, type ToolResult } from "../os/run_tool.ts";
import { JOB_VARIABLE } from "./environment.ts";
import { SHELL } from "../os/host_tools.ts";

/** The abort reason at a shutdown of the agent. Its next process may resume the command. */
export const AGENT_STOPPING: Error = new Error("the agent stops");

/** Why the agent stopped a command. */
export type StopReason = "timeout" | "cancelled";

/** The conditions that stop a running command. */
export interface StopConditions {
  /** The time left, in milliseconds. */
  readonly timeoutMs: number;
  /** The source of time. */
  readonly clock: Clock;
  /** Cancels the command. */
  readonly signal: AbortSignal | undefined;
}

/** Waits for the end of one command. */
export class StopWait {
  readonly #stop = Promise.withResolvers<StopReason>();

  /** Cancels the command, if it still runs. */
  cancel(): void {
    this.#stop.resolve("cancelled");
  }

  /** Waits until the command has `ended` (`undefined`) or must be stopped; returns the reason. */
  async wait(
    ended: Promise<unknown>,
    { timeoutMs, clock, signal }: StopConditions,
  ): Promise<StopReason | undefined> {
    using _cancel = onAbort(signal, () => this.cancel());
    using limit = deadline(timeoutMs, { clock });
    using _timeout = onAbort(limit.signal, () => this.#stop.resolve("timeout"));
    return await Promise.race([ended.then(() => undefined), this.#stop.promise]);
  }
}

/** The time between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

/** The first and the longest interval of the checks whether the processes have ended. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 320;

/** Signals a group with the shell's `kill`, because Deno's own needs a full `--allow-run`. */
const SIGNAL_GROUP = 'kill -s "$1" -- "-$2"';

/** Lists the live processes with the mark `$1` in their environment. */
const LIST_MARKED = 'grep -lzxF -- "$1" /proc/[0-9]*/environ 2>/dev/null';

/** Kills those processes repeatedly, because they may be starting others. */
const KILL_MARKED = `
for round in 1 2 3 4 5 6 7 8 9 10; do
  found=$(${LIST_MARKED})
  [ -n "$found" ] || break
  for file in $found; do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}" 2>/dev/null
  done
done`;

/** The shell's exit code if there is no `grep`. */
const NO_SUCH_PROGRAM = 127;

/** A signal; "0" only checks whether the group exists. */
type GroupSignal = "TERM" | "CONT" | "KILL" | "0";

/** The process that leads a group. */
interface GroupLeader {
  /** Its process id and group id. */
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly status: Promise<unknown>;
  /** Signals this process only; throws if it does not exist. */
  kill(signal: Deno.Signal): void;
}

/**
 * The process group of a command, and its descendants that left the group (`setsid`) but kept the
 * job's mark. A process that drops both cannot be found without a cgroup.
 */
export class ProcessGroup {
  readonly #leader: GroupLeader;
  readonly #job: string;
  #leaderLives = true;

  /** Refers to the group that `leader` leads; `job` is its {@linkcode JOB_VARIABLE}. */
  constructor(leader: GroupLeader, job: string) {
    this.#leader = leader;
    this.#job = job;
    const ended = () => {
      this.#leaderLives = false;
    };
    leader.status.then(ended, ended);
  }

  /**
   * Ends all processes. Sends SIGTERM to the group. Once the group is empty, or after {@linkcode
   * GRACE_MS}, sends SIGKILL to the group and to the processes that left it. Never rejects.
   */
  async end(): Promise<void> {
    await this.#signal("TERM");
    await this.#signal("CONT"); // A stopped process must continue to end.
    const deadline = performance.now() + GRACE_MS;
    let look = FIRST_POLL_MS;
    while (performance.now() < deadline && await this.#isAlive()) {
      await delay(look);
      look = Math.min(2 * look, MAX_POLL_MS);
    }
    await this.#signal("KILL");
    await killMarked(this.#job);
  }

  async #isAlive(): Promise<boolean> {
    if (this.#leaderLives) return true;
    if (!await this.#signal("0")) return false;
    // Zombies can be signalled until they are reaped, and in a container nobody may reap them.
    const answer = await runShell(LIST_MARKED, jobMark(this.#job));
    return answer === undefined || answer.code === NO_SUCH_PROGRAM || answer.text !== "";
  }

  /** Signals the group; returns whether it exists. */
  async #signal(signal: GroupSignal): Promise<boolean> {
    if (await signalGroup(this.#leader.pid, signal)) return true;
    // In its first milliseconds the process leads no group yet, and some agents may not signal
    // groups.
    return this.#leaderLives && signal !== "0" &&
      succeeds(() => this.#leader.kill(`SIG${signal}`));
  }
}

/** Kills all processes with the mark of `job`. Never rejects. */
export async function killMarked(job: string): Promise<void> {
  await runShell(KILL_MARKED, jobMark(job));
}

function jobMark(job: string): string {
  return `${JOB_VARIABLE}=${job}`;
}

async function signalGroup(group: number, signal: GroupSignal): Promise<boolean> {
  // For the kernel, group 1 is init's and -1 is every process.
  if (group <= 1) return false;
  if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
    return succeeds(() => process.kill(-group, signal === "0" ? 0 : `SIG${signal}`));
  }
  const answer = await runShell(SIGNAL_GROUP, signal, String(group));
  return answer?.code === 0;
}

/** Runs a script; `undefined` if that fails, also at the process limit. */
function runShell(script: string, ...args: readonly string[]): Promise<ToolResult | undefined> {
  return runTool([SHELL], ["-c", script, "sh", ...args]).catch(() => undefined);
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false; // The process does not exist, or the agent may not signal it.
  }
}
