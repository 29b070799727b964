/**
 * Begins a command that may outlive its agent, and goes on with one that has. Needs write permission
 * for the folders of survivors. May import the other files about running a command.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { CLOSING } from "./closing.ts";
import { type Command, type ExecEvent, type ExecFailure, failure } from "./command.ts";
import { mayRun } from "./ask_program.ts";
import { JOB_VARIABLE } from "./environment.ts";
import { type ExecHost, SHELL } from "./exec_host.ts";
import { Keeper, type Sighting } from "./keeper.ts";
import { commandScript, keeperScript } from "./keeper_script.ts";
import type { Launch } from "./launch.ts";
import { headBytesOf } from "./output_store.ts";
import type { ScriptNotesFolder } from "./script_notes.ts";
import { detectScopeHost, type ScopeHost, scopeWords } from "./scope.ts";
import { spawn } from "./spawn.ts";
import { objectToCompanions } from "./survive_pairs.ts";
import { boundOf, type SurvivingJob, type Survivors } from "./survivors.ts";
import { SurvivingCommand } from "./surviving_command.ts";

/** What commands that may outlive the agent need of it. */
export interface Survival {
  /** Where they are noted. */
  readonly survivors: Pick<Survivors, "folderOf">;
  /** Finds out where they go; asked when there is one. */
  readonly scopeHost?: typeof detectScopeHost;
}

/** What a beginning depends on. */
export interface SurviveOptions {
  /** The id of its request. */
  readonly job: string;
  /** What this host has. */
  readonly host: ExecHost;
  /** None may outlive the agent without it. */
  readonly survival?: Survival | undefined;
  /** The source of time, by default the machine's. */
  readonly clock?: Clock;
  /** Calls the command off, or leaves it to the agent's next process. */
  readonly signal?: AbortSignal;
}

/** Begins `command`, which was noted; resolves when it runs. */
export async function beginSurviving(
  command: Command,
  launch: Launch,
  options: SurviveOptions,
): Promise<SurvivingCommand | ExecFailure> {
  const { host: { setsid, uid }, survival, job } = options;
  const objection = objectTo(command, options);
  if (objection !== undefined) return failure("bad-survive", objection);
  if (!survival || setsid === undefined) return failure("bad-survive", NO_STATE);
  const folder = survival.survivors.folderOf(job);
  const maxOutput = boundOf(command.maxOutput);
  const unwritten = writeScripts(launch, { folder, job, maxOutput });
  if (unwritten) return unwritten; // check: supervisor-scripts
  const scope = await (survival.scopeHost ?? detectScopeHost)(uid);
  const child = start(launch, { folder, setsid, scope, job });
  if ("kind" in child) return child;
  const { status: keeperEnded } = child;
  const keeper = new Keeper(folder);
  const unbegun = await untilBegun(keeper, keeperEnded);
  if (unbegun) return unbegun;
  const { clock, signal } = options;
  const { timeoutMs } = command;
  return new SurvivingCommand(keeper, {
    ...{ job, folder, timeoutMs, maxOutput, keeperEnded },
    ...{ clock, signal },
  });
}

/** What going on depends on. */
export interface ResumeOptions {
  /** What this host has. */
  readonly host: ExecHost;
  /** Where it was noted. */
  readonly survivors: Pick<Survivors, "folderOf">;
  /** Where its script was noted, if it is one. */
  readonly scripts: Pick<ScriptNotesFolder, "clearOne">;
  /** Calls the command off, or leaves it once more. */
  readonly signal: AbortSignal;
}

/** Goes on with what an earlier process has left of `job`; the events are those of `run()`. */
export async function* resumeSurviving(
  { id: job, timeoutMs, maxOutput }: SurvivingJob,
  { host, survivors, scripts, signal }: ResumeOptions,
): AsyncGenerator<ExecEvent, void, void> {
  const folder = survivors.folderOf(job);
  const keeper = new Keeper(folder);
  await using files = new AsyncDisposableStack();
  files.defer(() => scripts.clearOne(job, host));
  if (keeper.withdraw()) return yield { kind: "lost", reason: UNBEGUN }; // check: supervisor-late
  const sighting = await untilSeen(keeper, signal);
  if (!sighting) {
    files.move();
    return yield { kind: "left" };
  }
  const leftMs = Math.max(0, timeoutMs - sighting.elapsedMs); // check: supervisor-time
  await using running = new SurvivingCommand(keeper, {
    ...{ job, folder, timeoutMs: leftMs, maxOutput, signal },
  });
  yield { kind: "started", pid: running.pid };
  yield* running.output();
  const end = await running.end();
  if (end.kind === "left") files.move();
  else await files.disposeAsync();
  yield end;
}

/** How long to wait before looking again, in milliseconds, when that was not possible. */
const UNSEEN_MS = 1_000;

/** Looks for the processes until that is possible; `undefined` if the agent stops before. */
async function untilSeen(keeper: Keeper, signal: AbortSignal): Promise<Sighting | undefined> {
  while (signal.reason !== CLOSING) {
    const sighting = await keeper.look();
    if (sighting) return sighting;
    await systemClock.sleep(UNSEEN_MS);
  }
  return undefined;
}

const NO_STATE = "this agent keeps no state, so its next process would not know of the command";
const UNBEGUN = "the agent ended before the command had begun";

function objectTo(command: Command, options: SurviveOptions): string | undefined {
  const objection = objectToCompanions(command);
  if (objection !== undefined) return objection; // check: survive-conflict
  if (!options.survival) return NO_STATE;
  // check: supervisor-session
  if (options.host.setsid === undefined) return "this host has no setsid, so it would end with us";
  // check: supervisor-shell
  if (!mayRun(SHELL)) return `the agent may not run ${SHELL}, which would watch over it`;
  return undefined;
}

/** The keeper's folder is the agent's alone; what is in it says all that the keeper must know. */
function writeScripts(
  { words, cwd, environment }: Launch,
  { folder, job, maxOutput }: { folder: string; job: string; maxOutput: number },
): ExecFailure | undefined {
  const headBytes = headBytesOf(maxOutput);
  const plan = {
    folder,
    job,
    words,
    cwd,
    environment,
    headBytes,
    tailBytes: maxOutput - headBytes,
  };
  try {
    Deno.writeTextFileSync(`${folder}/keep`, keeperScript(plan), { mode: 0o600 });
    Deno.writeTextFileSync(`${folder}/command`, commandScript(plan), { mode: 0o600 });
    Deno.writeTextFileSync(`${folder}/ready`, "", { mode: 0o600 });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure("not-started", `what watches over it cannot be written: ${reason}`);
  }
}

interface Start {
  readonly folder: string;
  readonly setsid: string;
  readonly scope: ScopeHost;
  readonly job: string;
}

/** The keeper has no part in the agent: neither its session, nor its mark, nor its open files. */
function start(
  { environment }: Launch,
  { folder, setsid, scope, job }: Start,
): Deno.ChildProcess | ExecFailure {
  const { [JOB_VARIABLE]: _mark, ...env } = environment;
  const words = [...scopeWords(scope, `nanoexec-${job}`), setsid, SHELL, "keep"];
  const child = spawn(words, { env, cwd: folder, stdin: "null", stdout: "null", stderr: "null" });
  if (!("kind" in child)) child.unref();
  return child;
}

/** How often to look whether the command runs, in milliseconds. */
const BEGUN_MS = 5;

/** Waits until the command was begun, or says why it was not. */
async function untilBegun(
  keeper: Keeper,
  keeperEnded: Promise<unknown>,
): Promise<ExecFailure | undefined> {
  let ended = false;
  const end = keeperEnded.finally(() => ended = true);
  while (keeper.state().kind === "ready") {
    if (ended && keeper.withdraw()) {
      return failure("not-started", `it was not begun: ${keeper.problem()}`);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, BEGUN_MS);
    await Promise.race([promise, end]);
    clearTimeout(timer);
  }
  return undefined;
}
