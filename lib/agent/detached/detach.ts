/**
 * Starts a detached command (`--survive`), which outlives the agent, and resumes one that an
 * earlier process started. With systemd the command gets a scope of its own, because a restart of
 * the agent's unit ends every process in the unit's control group.
 * @module
 */
import { withTimeout } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import {
  checkDetachConflicts,
  type Command,
  type ExecEvent,
  type ExecFailure,
  failure,
} from "../exec/command.ts";
import { JOB_VARIABLE } from "../exec/environment.ts";
import { type Launch, spawn } from "../exec/launch.ts";
import { headBytesOf } from "../exec/output_store.ts";
import { followCommand } from "../exec/running_command.ts";
import type { ScriptStore } from "../exec/script.ts";
import { AGENT_STOPPING } from "../exec/stop_reason.ts";
import { type HostTools, SHELL } from "../os/host_tools.ts";
import { mayRun, runTool } from "../os/run_tool.ts";
import { DetachedCommand } from "./detached_command.ts";
import { type DetachedJob, type DetachedStore, keptBytes } from "./detached_store.ts";
import {
  makeCommandScript,
  makeSupervisorScript,
  type ProcessCheck,
  Supervisor,
} from "./supervisor.ts";

/** What commands that may outlive the agent need of it. */
export interface DetachSupport {
  /** Where they are recorded. */
  readonly store: Pick<DetachedStore, "folderOf">;
  /** Finds out where they go; asked when there is one. */
  readonly detectSystemd?: typeof detectSystemd;
}

/** What a beginning depends on. */
export interface StartDetachedOptions {
  /** The id of its request. */
  readonly job: string;
  /** What this host has. */
  readonly host: HostTools;
  /** None may outlive the agent without it. */
  readonly detachSupport?: DetachSupport | undefined;
  /** The source of time; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Calls the command off, or leaves it to the agent's next process. */
  readonly signal?: AbortSignal;
}

/** Begins `command`, which has a record; resolves when it runs. */
export async function startDetached(
  command: Command,
  launch: Launch,
  options: StartDetachedOptions,
): Promise<DetachedCommand | ExecFailure> {
  const { host: { setsid, uid }, detachSupport, job } = options;
  const problem = checkDetach(command, options);
  if (problem !== undefined) return failure("bad-survive", problem);
  if (!detachSupport || setsid === undefined) return failure("bad-survive", NO_STATE);
  const folder = detachSupport.store.folderOf(job);
  const maxOutput = keptBytes(command.maxOutput);
  const unwritten = writeScripts(launch, { folder, job, maxOutput });
  if (unwritten) return unwritten; // check: supervisor-scripts
  const scope = await (detachSupport.detectSystemd ?? detectSystemd)(uid);
  const child = startSupervisor(launch, { folder, setsid, scope, job });
  if ("kind" in child) return child;
  const { status: supervisorEnded } = child;
  const supervisor = new Supervisor(folder);
  const unbegun = await waitUntilBegun(supervisor, supervisorEnded);
  if (unbegun) return unbegun;
  const { clock, signal } = options;
  const { timeoutMs } = command;
  return new DetachedCommand(supervisor, {
    ...{ job, folder, timeoutMs, maxOutput, supervisorEnded },
    ...{ clock, signal },
  });
}

/** What going on depends on. */
export interface ResumeDetachedOptions {
  /** What this host has. */
  readonly host: HostTools;
  /** Where it is recorded. */
  readonly store: Pick<DetachedStore, "folderOf">;
  /** Where its script is recorded, if it is one. */
  readonly scripts: Pick<ScriptStore, "clearOne">;
  /** Calls the command off, or leaves it once more. */
  readonly signal: AbortSignal;
}

/** Goes on with what an earlier process has left of `job`; the events are those of `run()`. */
export async function* resumeDetached(
  { id: job, timeoutMs, maxOutput }: DetachedJob,
  { host, store, scripts, signal }: ResumeDetachedOptions,
): AsyncGenerator<ExecEvent, void, void> {
  const folder = store.folderOf(job);
  const supervisor = new Supervisor(folder);
  await using files = new AsyncDisposableStack();
  files.defer(() => scripts.clearOne(job, host));
  if (supervisor.withdraw()) return yield { kind: "lost", reason: NOT_BEGUN }; // check: supervisor-late
  const check = await waitForProcessCheck(supervisor, signal);
  if (!check) {
    files.move();
    return yield { kind: "left" };
  }
  const leftMs = Math.max(0, timeoutMs - check.elapsedMs); // check: supervisor-time
  const running = new DetachedCommand(supervisor, {
    ...{ job, folder, timeoutMs: leftMs, maxOutput, signal },
  });
  yield* followCommand(running, files);
}

/** How long to wait before looking again, in milliseconds, when that was not possible. */
const CHECK_RETRY_MS = 1_000;

/** Looks for the processes until that is possible; `undefined` if the agent stops before. */
async function waitForProcessCheck(
  supervisor: Supervisor,
  signal: AbortSignal,
): Promise<ProcessCheck | undefined> {
  while (signal.reason !== AGENT_STOPPING) {
    const check = await supervisor.checkProcesses();
    if (check) return check;
    await systemClock.sleep(CHECK_RETRY_MS);
  }
  return undefined;
}

const NO_STATE = "this agent keeps no state, so its next process would not know of the command";
const NOT_BEGUN = "the agent ended before the command had begun";

function checkDetach(command: Command, options: StartDetachedOptions): string | undefined {
  const problem = checkDetachConflicts(command);
  if (problem !== undefined) return problem; // check: survive-conflict
  if (!options.detachSupport) return NO_STATE;
  // check: supervisor-session
  if (options.host.setsid === undefined) return "this host has no setsid, so it would end with us";
  // check: supervisor-shell
  if (!mayRun(SHELL)) return `the agent may not run ${SHELL}, which would watch over it`;
  return undefined;
}

/** The supervisor's folder is the agent's alone; what is in it says all that the supervisor must know. */
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
    Deno.writeTextFileSync(`${folder}/keep`, makeSupervisorScript(plan), { mode: 0o600 });
    Deno.writeTextFileSync(`${folder}/command`, makeCommandScript(plan), { mode: 0o600 });
    Deno.writeTextFileSync(`${folder}/ready`, "", { mode: 0o600 });
    return undefined;
  } catch (error) {
    const reason = messageOf(error);
    return failure("not-started", `what watches over it cannot be written: ${reason}`);
  }
}

interface SupervisorStart {
  readonly folder: string;
  readonly setsid: string;
  readonly scope: SystemdSupport;
  readonly job: string;
}

/** The supervisor has no part in the agent: neither its session, nor its mark, nor its open files. */
function startSupervisor(
  { environment }: Launch,
  { folder, setsid, scope, job }: SupervisorStart,
): Deno.ChildProcess | ExecFailure {
  const { [JOB_VARIABLE]: _mark, ...env } = environment;
  const words = [...scopeWords(scope, `nanoexec-${job}`), setsid, SHELL, "keep"];
  const child = spawn(words, { env, cwd: folder, stdin: "null", stdout: "null", stderr: "null" });
  if (!("kind" in child)) child.unref();
  return child;
}

/** How often to look whether the command runs, in milliseconds. */
const BEGIN_POLL_MS = 5;

/** Waits until the command was begun, or says why it was not. */
async function waitUntilBegun(
  supervisor: Supervisor,
  supervisorEnded: Promise<unknown>,
): Promise<ExecFailure | undefined> {
  let ended = false;
  const end = supervisorEnded.finally(() => ended = true);
  while (supervisor.state().kind === "ready") {
    if (ended && supervisor.withdraw()) {
      return failure("not-started", `it was not begun: ${supervisor.startProblem()}`);
    }
    await withTimeout(BEGIN_POLL_MS, end);
  }
  return undefined;
}

/** What a host offers. */
export interface SystemdSupport {
  /** The user id of the agent; `null` where users have no numbers. */
  readonly uid: number | null;
  /** Whether systemd runs the host. */
  readonly systemd: boolean;
  /** Whether the agent's user has a systemd of its own. */
  readonly ofUser: boolean;
  /** The path of `systemd-run`, if the agent may run one. */
  readonly systemdRun: string | undefined;
}

const SYSTEMD_RUN_PATHS: readonly string[] = ["/usr/bin/systemd-run", "/bin/systemd-run"];

const DETECT_SCRIPT = `[ -d "$1" ] && echo systemd
[ -S "/run/user/$2/systemd/private" ] && echo user`;

/** The words that put what follows into the scope `name`; none where there can be no scope. */
export function scopeWords(host: SystemdSupport, name: string): readonly string[] {
  const { uid, systemd, ofUser, systemdRun } = host;
  if (!systemd || systemdRun === undefined || uid === null) return [];
  const options = ["--scope", "--quiet", "--collect", `--unit=${name}`, "--"];
  if (uid === 0) return [systemdRun, ...options];
  if (!ofUser) return [];
  return ["/usr/bin/env", `XDG_RUNTIME_DIR=/run/user/${uid}`, systemdRun, "--user", ...options];
}

/** Finds out what this host offers; `folder` is there where systemd runs, as sd_booted(3) has it. */
export async function detectSystemd(
  uid: number | null,
  { folder = "/run/systemd/system", paths = SYSTEMD_RUN_PATHS }: {
    readonly folder?: string;
    readonly paths?: readonly string[];
  } = {},
): Promise<SystemdSupport> {
  const answer = await runTool([SHELL], ["-c", DETECT_SCRIPT, "sh", folder, String(uid)]);
  const offers = answer?.text.split("\n") ?? [];
  const ofUser = offers.includes("user");
  const found = { uid, systemd: offers.includes("systemd"), ofUser };
  for (const systemdRun of paths.filter(mayRun)) {
    const [first = "", ...words] = scopeWords(
      { ...found, systemdRun },
      `nanoexec-try-${crypto.randomUUID()}`,
    );
    if (first === "") break;
    // It may be there and yet not be obeyed, as in a container.
    const tried = await runTool([first], [...words, SHELL, "-c", ":"]).catch(() => undefined);
    if (tried?.code === 0) return { ...found, systemdRun };
  }
  return { ...found, systemdRun: undefined };
}
