/**
 * Runs a command: the only place where the agent starts a program for an operator.
 * May import the other files about running a command, and `lib/envelope/quote.ts`.
 * @module
 */

import { quote } from "../envelope/quote.ts";
import {
  type Command,
  type ExecEvent,
  type ExecFailure,
  failure,
  type StreamReport,
} from "./command.ts";
import { type Launch, type LaunchOptions, planLaunch } from "./launch.ts";
import { OutputStore } from "./output_store.ts";
import { RunningCommand, type RunningOptions } from "./running_command.ts";
import { type PlacedScript, placeScript, type ScriptNotes } from "./script_file.ts";

/** What a run depends on besides the command. */
export type RunOptions = LaunchOptions & RunningOptions & {
  /** Where scripts in files are noted; nowhere unless given. */
  readonly scripts?: ScriptNotes | undefined;
};

/**
 * Runs `command` and yields what happens: `started`, then `output` as it comes, then one end. A
 * command that cannot be run is an end too (`failed`), and no exception.
 *
 * The command leads its own process group. At the time limit or when the signal is aborted, the
 * group gets SIGTERM, five seconds, SIGKILL; processes that left the group get SIGKILL. After the
 * command's own end its output is read for at most one more second, if others still hold it open;
 * those others go on, as after an ssh session. Leaving the iteration early ends the command.
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
  const child = start(launch, command.stdin);
  if ("kind" in child) return yield child;
  await using running = new RunningCommand(child, command, options);
  yield { kind: "started", pid: running.pid };
  yield* running.output();
  const end = await running.end();
  await files.disposeAsync();
  yield end;
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
  const [first = launch.program, ...args] = launch.words;
  if (!first.startsWith("/")) {
    // Deno would look for it in the agent's own PATH.
    return failure("not-found", `${quote(first)} cannot be looked for here: give its full path`);
  }
  try {
    return new Deno.Command(first, {
      args,
      clearEnv: true,
      env: { ...launch.environment },
      cwd: launch.cwd,
      stdin: stdin ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      detached: launch.detached,
    }).spawn();
  } catch (error) {
    return describeRefusal(first, error);
  }
}

/** Says in our words why the system, or Deno's permissions, refused to start a process. */
function describeRefusal(path: string, error: unknown): ExecFailure {
  if (error instanceof Deno.errors.NotCapable) {
    return failure("not-executable", `the agent may not run ${quote(path)}`);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotFound) return failure("not-found", message);
  const forbidden = error instanceof Deno.errors.PermissionDenied;
  return failure(forbidden ? "not-executable" : "not-started", message);
}

function cancelledBeforeStart({ clock }: RunOptions): ExecEvent {
  const now = clock?.now() ?? Date.now();
  const nothing: StreamReport = new OutputStore(0).report(true);
  const report = { startMs: now, endMs: now, durationMs: 0, stdout: nothing, stderr: nothing };
  return { kind: "cancelled", report };
}
