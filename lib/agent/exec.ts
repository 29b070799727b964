/**
 * Runs a command: the only place where the agent starts a program for an operator.
 * May import the other files about running a command.
 * @module
 */

import type { Command, ExecEvent, ExecFailure, StreamReport } from "./command.ts";
import { type Launch, type LaunchOptions, planLaunch } from "./launch.ts";
import { OutputStore } from "./output_store.ts";
import { RunningCommand, type RunningOptions } from "./running_command.ts";
import { type PlacedScript, placeScript, type ScriptNotes } from "./script_file.ts";
import { spawn } from "./spawn.ts";
import { beginSurviving, type Survival } from "./survive.ts";
import type { SurvivingCommand } from "./surviving_command.ts";

/** What a run depends on besides the command. */
export type RunOptions = LaunchOptions & RunningOptions & {
  /** Where scripts in files are noted; nowhere unless given. */
  readonly scripts?: ScriptNotes | undefined;
  /** What commands need that may outlive the agent; none may unless given. */
  readonly survival?: Survival | undefined;
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
export async function* run(
  command: Command,
  options: RunOptions,
): AsyncGenerator<ExecEvent, void, void> {
  if (!/^[0-9A-Za-z-]{1,64}$/.test(options.job)) throw new TypeError("the job's id is malformed");
  const launch = await planLaunch(command, options);
  if (launch.kind === "failed") return yield launch;
  if (options.signal?.aborted) return yield cancelledBeforeStart(options);
  await using files = new AsyncDisposableStack();
  const script = await place(command, launch, options);
  if (script?.kind === "failed") return yield script;
  files.use(script);
  const begun = await begin(command, launch, options);
  if ("kind" in begun) return yield begun;
  await using running = begun;
  yield { kind: "started", pid: running.pid };
  yield* running.output();
  const end = await running.end();
  // What goes on still needs its script.
  if (end.kind === "left") files.move();
  else await files.disposeAsync();
  yield end;
}

async function begin(
  command: Command,
  launch: Launch,
  options: RunOptions,
): Promise<RunningCommand | SurvivingCommand | ExecFailure> {
  if (command.survive) return await beginSurviving(command, launch, options);
  const child = start(launch, command.stdin);
  return "kind" in child ? child : new RunningCommand(child, command, options);
}

/** Puts the script of `command`, if it is one, where `launch` has it run. */
async function place(
  command: Command,
  { asUser }: Launch,
  { job, scripts }: RunOptions,
): Promise<PlacedScript | ExecFailure | undefined> {
  if (command.kind !== "script") return undefined;
  return await placeScript(command.script, { job, user: command.user, asUser, notes: scripts });
}

function start(launch: Launch, stdin: Command["stdin"]): Deno.ChildProcess | ExecFailure {
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

function cancelledBeforeStart({ clock }: RunOptions): ExecEvent {
  const now = clock?.now() ?? Date.now();
  const nothing: StreamReport = new OutputStore(0).report(true);
  const report = { startMs: now, endMs: now, durationMs: 0, stdout: nothing, stderr: nothing };
  return { kind: "cancelled", report };
}
