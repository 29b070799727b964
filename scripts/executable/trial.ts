/**
 * Runs what a build has made: a compile step counts only after its output was run.
 * @module
 */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { type Outcome, run, runDeno } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/** How long an executable may take for a small job, its first unpacking included, in milliseconds. */
const TRIAL_MS = 60_000;

/** A place for everything that an executable writes during its trial; disposal removes it. */
export interface TrialFolder extends AsyncDisposable {
  /** The folder's absolute path. */
  readonly path: string;
  /** The whole environment of a trial. */
  readonly env: Readonly<Record<string, string>>;
  /** Options for an agent in a trial. */
  readonly agentOptions: readonly string[];
}

/** Makes an empty folder for trials, which is also the home and the state, unless `home` is given. */
export async function makeTrialFolder(home?: string): Promise<TrialFolder> {
  const path = await Deno.makeTempDir({ prefix: "nanoexec-trial-" });
  const PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";
  return {
    path,
    env: { PATH, HOME: home ?? path, NANOEXEC_CACHE: join(path, "cache") },
    agentOptions: home === undefined ? [`--state=${join(path, "state")}`] : [],
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/**
 * Has the executable at `path` say its version, and compares with what its source `entry` says. So a
 * `deno compile` whose runtime was something else than `denort` is found out.
 * @throws {BuildError} if it says something else
 */
export async function tryVersion(path: string, entry: string, folder: TrialFolder): Promise<void> {
  const signal = AbortSignal.timeout(TRIAL_MS);
  const source = await runDeno(["run", "--no-prompt", entry, "--version"], { signal });
  const made = await run(path, ["--version"], { env: folder.env, clearEnv: true, signal });
  if (!source.success) throw failure(entry, "cannot say its version", source);
  if (!made.success) throw failure(path, "cannot say its version", made);
  if (made.stdout !== source.stdout) throw failure(path, "is not the program it was made of", made);
}

/**
 * Has the trigger at `trigger` send one command to the agent at `agent`, and waits for its effect.
 * @throws {BuildError} if it is not run
 */
export async function tryPair(agent: string, trigger: string, folder: TrialFolder): Promise<void> {
  const signal = AbortSignal.timeout(TRIAL_MS);
  const options = { env: folder.env, clearEnv: true, signal };
  const proof = join(folder.path, "proof");
  const url = `tcp://127.0.0.1:${freePort()}`;
  const stop = new AbortController();
  const agentArgs = ["--insecure", "--hostname=probe", ...folder.agentOptions, url];
  const stopped = AbortSignal.any([signal, stop.signal]);
  const agentOutcome = run(agent, agentArgs, { ...options, signal: stopped });
  try {
    const command = `--command=echo ok > ${proof}`;
    const args = ["--insecure", "--host=probe", command, `--listen=${url}`];
    const outcome = await run(trigger, args, options);
    if (!outcome.success) throw failure(trigger, "cannot reach an agent", outcome);
    if (!await appears(proof, signal)) {
      stop.abort();
      throw failure(agent, "did not run a command", await agentOutcome);
    }
  } finally {
    stop.abort();
    await agentOutcome;
  }
}

function failure(program: string, problem: string, outcome: Outcome): BuildError {
  const said = outcome.stderr.trim() || outcome.stdout.trim();
  return new BuildError(`${program} ${problem}`, { hint: `it said: ${said.split("\n")[0]}` });
}

/** Waits until there is a file at `path`; false when `signal` comes first. */
async function appears(path: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await Deno.stat(path).then(() => true, () => false)) return true;
    await systemClock.sleep(20);
  }
  return false;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
