/**
 * The process group of one command: signals all of its processes and ends them, also those that
 * left the group. Needs a full `--allow-run`. With a list of programs, `/bin/sh` must be on it, or
 * only the first process can be signalled.
 * @module
 */

import process from "node:process";
import { delay } from "../../base/async.ts";
import { runTool, type ToolResult } from "../os/run_tool.ts";
import { JOB_VARIABLE } from "./environment.ts";
import { SHELL } from "../os/host_tools.ts";

/** How long processes have between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

/** How often to look whether they are gone, at first and at most. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 320;

/** Signals a group; `kill` of the shell, because Deno's own needs a full `--allow-run`. */
const SIGNAL_GROUP = 'kill -s "$1" -- "-$2"';

/** Lists the processes that were started with the mark `$1` in their environment; no dead ones. */
const LIST_MARKED = 'grep -lzxF -- "$1" /proc/[0-9]*/environ 2>/dev/null';

/** Ends those processes; again and again, since they may be starting others. */
const KILL_MARKED = `
for round in 1 2 3 4 5 6 7 8 9 10; do
  found=$(${LIST_MARKED})
  [ -n "$found" ] || break
  for file in $found; do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}" 2>/dev/null
  done
done`;

/** The shell's exit code when it finds no `grep`. */
const NO_SUCH_PROGRAM = 127;

/** What can be sent: "0" only asks whether anybody is there. */
type GroupSignal = "TERM" | "CONT" | "KILL" | "0";

/** The process that leads a group. */
export interface GroupLeader {
  /** Its id, and that of the group. */
  readonly pid: number;
  /** Settles when it has ended. */
  readonly status: Promise<unknown>;
  /** Signals it alone; throws when it is not there. */
  kill(signal: Deno.Signal): void;
}

/**
 * A command's process group, led by its first process, and those of its descendants that left the group (`setsid`) but kept the job's mark in their environment.
 * A process that gives up both cannot be found without a cgroup.
 */
export class ProcessGroup {
  readonly #leader: GroupLeader;
  readonly #job: string;
  #leaderLives = true;

  /** Stands for the group that `leader` leads; `job` is its {@linkcode JOB_VARIABLE}. */
  constructor(leader: GroupLeader, job: string) {
    this.#leader = leader;
    this.#job = job;
    const ended = () => {
      this.#leaderLives = false;
    };
    leader.status.then(ended, ended);
  }

  /**
   * Ends all of them: SIGTERM to the group, then, once the group is empty or after
   * {@linkcode GRACE_MS}, SIGKILL to the group and to those that left it. Never rejects.
   */
  async end(): Promise<void> {
    await this.#signal("TERM");
    await this.#signal("CONT"); // One that was stopped can end only when it goes on.
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
    // The dead can be signalled until somebody reaps them, and in a container nobody may.
    const answer = await runShell(LIST_MARKED, jobMark(this.#job));
    return answer === undefined || answer.code === NO_SUCH_PROGRAM || answer.text !== "";
  }

  /** Says whether anybody was there to be signalled. */
  async #signal(signal: GroupSignal): Promise<boolean> {
    if (await signalGroup(this.#leader.pid, signal)) return true;
    // In its first milliseconds it leads no group yet, and some agents can reach no group.
    return this.#leaderLives && signal !== "0" &&
      succeeds(() => this.#leader.kill(`SIG${signal}`));
  }
}

/** Ends at once all processes that have the mark of `job`. Never rejects. */
export async function killMarked(job: string): Promise<void> {
  await runShell(KILL_MARKED, jobMark(job));
}

function jobMark(job: string): string {
  return `${JOB_VARIABLE}=${job}`;
}

async function signalGroup(group: number, signal: GroupSignal): Promise<boolean> {
  // To the kernel, group 1 is init's and -1 is everybody.
  if (group <= 1) return false;
  if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
    return succeeds(() => process.kill(-group, signal === "0" ? 0 : `SIG${signal}`));
  }
  const answer = await runShell(SIGNAL_GROUP, signal, String(group));
  return answer?.code === 0;
}

/** Runs a script; `undefined` if that is not possible, also for want of processes. */
function runShell(script: string, ...args: readonly string[]): Promise<ToolResult | undefined> {
  return runTool([SHELL], ["-c", script, "sh", ...args]).catch(() => undefined);
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false; // Nobody is there, or nobody that we may signal.
  }
}
