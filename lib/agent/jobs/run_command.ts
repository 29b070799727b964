/**
 * Runs a command, attached to the agent or detached from it. This is the only place where the agent
 * starts a program for an operator.
 * @module
 */

import type { Command, ExecEvent, ExecFailure, StreamReport } from "../exec/command.ts";
import { type Launch, type LaunchOptions, planLaunch } from "../exec/launch.ts";
import { OutputStore } from "../exec/output_store.ts";
import {
  followCommand,
  RunningCommand,
  type RunningCommandOptions,
  type StartedCommand,
} from "../exec/running_command.ts";
import { type PlacedScript, placeScript, type ScriptRecords } from "../exec/script.ts";
import { spawn } from "../exec/launch.ts";
import { type DetachSupport, startDetached } from "../detached/detach.ts";

/** What a run depends on besides the command. */
export type RunCommandOptions = LaunchOptions & RunningCommandOptions & {
  /** Where scripts in files are recorded; nowhere unless given. */
  readonly scripts?: ScriptRecords | undefined;
  /** What commands need that may outlive the agent; none may unless given. */
  readonly detachSupport?: DetachSupport | undefined;
};

/**
 * Runs `command` and yields what happens: `started`, then `output` as it comes, then one end. A
 * command that cannot be run is an end too (`failed`), and no exception.
 *
 * The command leads its own process group. At the time limit or when the signal is aborted, the
 * group gets SIGTERM, five seconds, SIGKILL; processes that left the group get SIGKILL. After the
 * command's own end its output is read for at most one more second, if others still hold it open;
 * those others go on, as after an ssh session. Leaving the iteration early ends the command. One that
 * may outlive the agent is `left` when the agent stops.
 *
 * Output is taken at the receiver's pace: without an output limit a command waits for a slow
 * receiver, with one it never waits and the middle of its output is dropped.
 * @throws {TypeError} if `options.job` is not 1 to 64 letters, digits and `-`
 */
export async function* runCommand(
  command: Command,
  options: RunCommandOptions,
): AsyncGenerator<ExecEvent, void, void> {
  if (!/^[0-9A-Za-z-]{1,64}$/.test(options.job)) throw new TypeError("the job's id is malformed");
  const launch = await planLaunch(command, options);
  if (launch.kind === "failed") return yield launch;
  if (options.signal?.aborted) return yield cancelledBeforeStart(options);
  await using files = new AsyncDisposableStack();
  const script = await placeCommandScript(command, launch, options);
  if (script?.kind === "failed") return yield script;
  files.use(script);
  const begun = await startCommand(command, launch, options);
  if ("kind" in begun) return yield begun;
  yield* followCommand(begun, files);
}

async function startCommand(
  command: Command,
  launch: Launch,
  options: RunCommandOptions,
): Promise<StartedCommand | ExecFailure> {
  if (command.survive) return await startDetached(command, launch, options);
  const child = spawnAttached(launch, command.stdin);
  return "kind" in child ? child : new RunningCommand(child, command, options);
}

/** Puts the script of `command`, if it is one, where `launch` has it run. */
async function placeCommandScript(
  command: Command,
  { asUser }: Launch,
  { job, scripts }: RunCommandOptions,
): Promise<PlacedScript | ExecFailure | undefined> {
  if (command.kind !== "script") return undefined;
  return await placeScript(command.script, { job, user: command.user, asUser, records: scripts });
}

function spawnAttached(launch: Launch, stdin: Command["stdin"]): Deno.ChildProcess | ExecFailure {
  const { words, environment, cwd, detached } = launch;
  return spawn(words, {
    env: { ...environment },
    cwd,
    stdin: stdin ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
    detached,
  });
}

function cancelledBeforeStart({ clock }: RunCommandOptions): ExecEvent {
  const now = clock?.now() ?? Date.now();
  const nothing: StreamReport = new OutputStore(0).report(true);
  const report = { startMs: now, endMs: now, durationMs: 0, stdout: nothing, stderr: nothing };
  return { kind: "cancelled", report };
}
