/**
 * Runs what a build has made: a compile step counts only after its output was run. Nothing of the
 * builder's is touched: state, configuration and cache of a trial are in a folder of its own.
 * @module
 */

import { join } from "node:path";
import type { BuildSettings } from "../../lib/cli/process/build_info.ts";
import { fingerprint } from "../../lib/envelope/keys/public_key.ts";
import { parseTrustFile } from "../../lib/envelope/trust/trust_file.ts";
import { type Outcome, run, runDeno, type RunOptions } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/** How long an executable may take for a small job, its first unpacking included, in milliseconds. */
const TRIAL_MS = 60_000;

/** A place for everything that an executable writes during its trial; disposal removes it. */
export interface TrialFolder extends AsyncDisposable {
  /** The folder's absolute path. */
  readonly path: string;
  /** The whole environment of a trial. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes an empty folder for trials below `parent`, or among the system's temporary ones. */
export async function makeTrialFolder(parent?: string): Promise<TrialFolder> {
  if (parent !== undefined) await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
  const path = await Deno.makeTempDir({
    prefix: "nanoexec-trial-",
    ...(parent && { dir: parent }),
  });
  return {
    path,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: path,
      XDG_CONFIG_HOME: path,
      XDG_STATE_HOME: path,
      NANOEXEC_CACHE: join(path, "cache"),
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** An executable and what it was made of. */
export interface Made {
  /** The path of the executable. */
  readonly path: string;
  /** The path of its main module. */
  readonly entry: string;
  /** What was built into it. */
  readonly baked: BuildSettings;
}

/**
 * Has an executable say its version, and compares with what its source says and with what was built
 * in. So a `deno compile` whose runtime was something else than `denort` is found out.
 * @throws {BuildError} if it says something else
 */
export async function tryVersion(made: Made, folder: TrialFolder): Promise<void> {
  const { path, entry, baked } = made;
  const options = runOptions(folder);
  const { signal } = options;
  const source = await runDeno(["run", "--no-prompt", entry, "--version"], { signal });
  const plain = await run(path, ["--version"], options);
  const full = await run(path, ["--version", "-v"], options);
  if (!source.success) throw failure(entry, "cannot say its version", source);
  if (!plain.success || !full.success) throw failure(path, "cannot say its version", plain);
  if (plain.stdout !== source.stdout) {
    throw failure(path, "is not the program it was made of", plain);
  }
  const prints = baked.keys.flatMap(parseTrustFile).map(({ key }) => fingerprint(key));
  const missing = [...prints, baked.url ?? ""].find((text) => !full.stdout.includes(text));
  if (missing !== undefined) throw failure(path, `does not have ${missing} built in`, full);
}

/** How to try a pair. */
export interface PairTrial {
  /** The path of the agent's executable. */
  readonly agent: string;
  /** The path of the trigger's executable. */
  readonly trigger: string;
  /** Where they meet. */
  readonly url: string;
  /** A secret key that the agent trusts; without it the trigger makes one for the trial. */
  readonly signer?: string | undefined;
  /** Only ask the agent what it would do, because it may not run a shell. */
  readonly rehearse: boolean;
}

/**
 * Has the trigger send one signed command to the agent, and waits for its result.
 * @throws {BuildError} if it does not come
 */
export async function tryPair(pair: PairTrial, folder: TrialFolder): Promise<void> {
  const { agent, trigger, url, signer } = pair;
  const options = runOptions(folder);
  // In an empty configuration folder this makes a key, which an agent of the same user trusts.
  if (signer === undefined) {
    const made = await run(trigger, ["key"], options);
    if (!made.success) throw failure(trigger, "cannot make a key", made);
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const agentArgs = ["--hostname=probe", `--state=${join(folder.path, "state")}`, url];
  const agentOutcome = run(agent, agentArgs, { ...options, signal });
  try {
    const outcome = await run(trigger, triggerArguments(pair), options);
    if (outcome.success && (pair.rehearse || outcome.stdout === "probe: ok\n")) return;
    stop.abort();
    const agentRun = await agentOutcome;
    throw failure(trigger, "cannot have a command run", {
      ...outcome,
      stderr: outcome.stderr + agentRun.stderr,
    });
  } finally {
    stop.abort();
    await agentOutcome;
  }
}

/** With `--expect` the command is signed once the agent is there: it refuses what is older. */
function triggerArguments({ url, signer, rehearse }: PairTrial): string[] {
  return [
    "--host=ALL",
    "--expect=probe",
    "--command=echo ok",
    `--listen=${url}`,
    ...(signer === undefined ? [] : [`--key=${signer}`]),
    ...(rehearse ? ["--dry-run"] : []),
  ];
}

function runOptions({ env }: TrialFolder): RunOptions & { readonly signal: AbortSignal } {
  return { env, clearEnv: true, signal: AbortSignal.timeout(TRIAL_MS) };
}

function failure(program: string, problem: string, outcome: Outcome): BuildError {
  const output = outcome.stderr.trim() || outcome.stdout.trim();
  return new BuildError(`${program} ${problem}`, { hint: `output: ${output.split("\n")[0]}` });
}
