/**
 * Runs a command, attached to the agent or detached from it. Only here does the agent start a
 * program for an operator.
 * @module
 */

import type { Command, ExecEvent, ExecFailure, StreamReport } from "../exec/command.ts";
import { type Launch, type LaunchOptions, planLaunch, spawn } from "../exec/launch.ts";
import { OutputStore } from "../exec/output_store.ts";
import {
  followCommand,
  RunningCommand,
  type RunningCommandOptions,
  type StartedCommand,
} from "../exec/running_command.ts";
import { type PlacedScript, placeScript, type ScriptRecords } from "../exec/script.ts";
import { type DetachSupport, startDetached } from "../detached/detach.ts";

/** Options for running a command. */
export type RunCommandOptions = LaunchOptions & RunningCommandOptions & {
  /** Records scripts in files; by default they are not recorded. */
  readonly scripts?: ScriptRecords | undefined;
  /** Supports detached commands; by default they are refused. */
  readonly detachSupport?: DetachSupport | undefined;
};

/**
 * Runs `command` and yields its events: `started`, then `output` as it arrives, then one end. A
 * command that cannot run yields the end `failed` instead of throwing.
 *
 * The command leads its own process group. At the time limit or on abort, the group gets SIGTERM
 * and after five seconds SIGKILL; processes that left the group get SIGKILL. After the command's
 * end its output is read for at most one more second, if other processes hold it open. Those
 * processes continue, as after an ssh session. Leaving the iteration early stops the command. A
 * detached command is `left` when the agent stops.
 *
 * Without an output limit a command waits for a slow receiver. With one it never waits, and the
 * middle of its output is dropped.
 * @throws {TypeError} if `options.job` is not 1 to 64 letters, digits and `-`
 */
export async function* runCommand(
  command: Command,
  options: RunCommandOptions,
): AsyncGenerator<ExecEvent, void, void> {
  if (!/^[0-9A-Za-z-]{1,64}$/.test(options.job)) throw new TypeError("the job's id is malformed");
  const launch = await planLaunch(command, options);
  if (launch.kind === "failed") return yield launch;
  await using files = new AsyncDisposableStack();
  const script = await placeCommandScript(command, launch, options);
  if (script?.kind === "failed") return yield script;
  files.use(script);
  if (options.signal?.aborted) return yield cancelledBeforeStart(options);
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

/** Stores the script of `command`, if it has one, at the path in `launch`. */
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
