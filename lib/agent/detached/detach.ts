/**
 * Starts a detached command (`--survive`), which outlives the agent, and resumes one that an
 * earlier process started. With systemd the command gets its own scope. Otherwise a restart of the
 * agent's unit would end it with every process in the unit's control group.
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
import { AGENT_STOPPING } from "../exec/stopping.ts";
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

/** What the agent provides for detached commands. */
export interface DetachSupport {
  /** Returns the folder of each command. */
  readonly store: Pick<DetachedStore, "folderOf">;
  /** Detects systemd; called once a detached command starts. */
  readonly detectSystemd?: typeof detectSystemd;
}

/** Options for starting a detached command. */
export interface StartDetachedOptions {
  /** The request id. */
  readonly job: string;
  /** The tools of this host. */
  readonly host: HostTools;
  /** The agent's support for detached commands; without it, every one is refused. */
  readonly detachSupport?: DetachSupport | undefined;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Cancels the command, or leaves it to the agent's next process. */
  readonly signal?: AbortSignal;
}

/** Starts `command`, which has a record. Resolves when it runs. */
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

/** Options for resuming a detached command. */
export interface ResumeDetachedOptions {
  /** The tools of this host. */
  readonly host: HostTools;
  /** Returns the folder of each command. */
  readonly store: Pick<DetachedStore, "folderOf">;
  /** Records the command's script, if it has one. */
  readonly scripts: Pick<ScriptStore, "clearOne">;
  /** Cancels the command, or leaves it again. */
  readonly signal: AbortSignal;
}

/** Resumes the command of `job` from an earlier process. The events are those of `runCommand()`. */
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

/** The wait before the process check is retried, in milliseconds. */
const CHECK_RETRY_MS = 1_000;

/** Retries the process check until it succeeds; `undefined` if the agent stops first. */
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

const NO_STATE = "cannot detach: the agent has no state folder";
const NOT_BEGUN = "the agent ended before the command started";

function checkDetach(command: Command, options: StartDetachedOptions): string | undefined {
  const problem = checkDetachConflicts(command);
  if (problem !== undefined) return problem; // check: survive-conflict
  if (!options.detachSupport) return NO_STATE;
  // check: supervisor-session
  if (options.host.setsid === undefined) return "cannot detach: this host has no setsid";
  // check: supervisor-shell
  if (!mayRun(SHELL)) return `cannot detach: the agent may not run ${SHELL}`;
  return undefined;
}

/** Writes the supervisor's scripts into its folder, which only the agent can access. */
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
    return failure("not-started", `cannot write the supervisor: ${reason}`);
  }
}

interface SupervisorStart {
  readonly folder: string;
  readonly setsid: string;
  readonly scope: SystemdSupport;
  readonly job: string;
}

/** Starts the supervisor. It shares no session, mark or open file with the agent. */
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

/** The interval of the checks for the start, in milliseconds. */
const BEGIN_POLL_MS = 5;

/** Waits until the command has started, or returns why it has not. */
async function waitUntilBegun(
  supervisor: Supervisor,
  supervisorEnded: Promise<unknown>,
): Promise<ExecFailure | undefined> {
  let ended = false;
  const end = supervisorEnded.finally(() => ended = true);
  while (supervisor.state().kind === "ready") {
    if (ended && supervisor.withdraw()) {
      return failure(
        "not-started",
        `the supervisor did not start the command: ${supervisor.startProblem()}`,
      );
    }
    await withTimeout(BEGIN_POLL_MS, end);
  }
  return undefined;
}

/** The host's systemd. */
export interface SystemdSupport {
  /** The user id of the agent; `null` on systems without numeric ids. */
  readonly uid: number | null;
  /** Whether systemd is the host's init. */
  readonly systemd: boolean;
  /** Whether the agent's user has its own systemd instance. */
  readonly ofUser: boolean;
  /** The path of `systemd-run`, if the agent may run it. */
  readonly systemdRun: string | undefined;
}

const SYSTEMD_RUN_PATHS: readonly string[] = ["/usr/bin/systemd-run", "/bin/systemd-run"];

const DETECT_SCRIPT = `[ -d "$1" ] && echo systemd
[ -S "/run/user/$2/systemd/private" ] && echo user`;

/** Returns the words that run a program in the scope `name`; empty without systemd. */
export function scopeWords(host: SystemdSupport, name: string): readonly string[] {
  const { uid, systemd, ofUser, systemdRun } = host;
  if (!systemd || systemdRun === undefined || uid === null) return [];
  const options = ["--scope", "--quiet", "--collect", `--unit=${name}`, "--"];
  if (uid === 0) return [systemdRun, ...options];
  if (!ofUser) return [];
  return ["/usr/bin/env", `XDG_RUNTIME_DIR=/run/user/${uid}`, systemdRun, "--user", ...options];
}

/** Detects systemd on this host. As in sd_booted(3), `folder` exists only under systemd. */
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
    // systemd may exist and still refuse, as in a container.
    const tried = await runTool([first], [...words, SHELL, "-c", ":"]).catch(() => undefined);
    if (tried?.code === 0) return { ...found, systemdRun };
  }
  return { ...found, systemdRun: undefined };
}
