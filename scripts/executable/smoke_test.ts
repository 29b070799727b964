/**
 * Tests the executables of a build by running them. State, configuration and cache are in a
 * temporary folder, so that files of the user stay untouched.
 * @module
 */

import { join } from "node:path";
import type { BuildSettings } from "../../lib/cli/process/build_info.ts";
import { fingerprint } from "../../lib/envelope/keys/public_key.ts";
import { parseTrustFile } from "../../lib/envelope/trust/trust_file.ts";
import { type Outcome, run, runDeno, type RunOptions } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/** The time limit of one step, with the first unpacking, in milliseconds. */
const TEST_MS = 60_000;

/** The folder for all files that an executable writes during the test; removed when disposed of. */
export interface SmokeTestFolder extends AsyncDisposable {
  /** The folder's absolute path. */
  readonly path: string;
  /** The whole environment of a test. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes an empty folder in `parent`, or in the temporary folder of the system. */
export async function makeSmokeTestFolder(parent?: string): Promise<SmokeTestFolder> {
  if (parent !== undefined) await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
  const path = await Deno.makeTempDir({
    prefix: "nanoexec-smoke-test-",
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

/** An executable and its inputs. */
export interface Executable {
  /** The path of the executable. */
  readonly path: string;
  /** The path of its main module. */
  readonly entry: string;
  /** The data built into it. */
  readonly baked: BuildSettings;
}

/**
 * Compares the version that an executable prints with its source and with the data built in. This
 * detects a `deno compile` with a wrong runtime instead of `denort`.
 * @throws {BuildError} if they differ
 */
export async function testVersion(
  { path, entry, baked }: Executable,
  folder: SmokeTestFolder,
): Promise<void> {
  const options = runOptions(folder);
  const { signal } = options;
  const source = await runDeno(["run", "--no-prompt", entry, "--version"], { signal });
  const plain = await run(path, ["--version"], options);
  const full = await run(path, ["--version", "-v"], options);
  if (!source.success) throw failure(entry, "does not print its version", source);
  if (!plain.success || !full.success) throw failure(path, "does not print its version", plain);
  if (plain.stdout !== source.stdout) {
    throw failure(path, "prints another version than its source", plain);
  }
  const prints = baked.keys.flatMap(parseTrustFile).map(({ key }) => fingerprint(key));
  const missing = [...prints, baked.url ?? ""].find((text) => !full.stdout.includes(text));
  if (missing !== undefined) throw failure(path, `does not contain ${missing}`, full);
}

/** The settings of {@linkcode testPair}. */
export interface PairOptions {
  /** The path of the agent's executable. */
  readonly agent: string;
  /** The path of the trigger's executable. */
  readonly trigger: string;
  /** The URL that the trigger listens on. */
  readonly url: string;
  /** A secret key that the agent trusts; without it the trigger makes one. */
  readonly signer?: string | undefined;
  /** Whether to send a dry run only, because the agent may not run a shell. */
  readonly dryRun: boolean;
}

/**
 * Sends one signed command from the trigger to the agent, and waits for its result.
 * @throws {BuildError} if there is none
 */
export async function testPair(pair: PairOptions, folder: SmokeTestFolder): Promise<void> {
  const { agent, trigger, url, signer } = pair;
  const options = runOptions(folder);
  // In an empty configuration folder this makes a key, which an agent of the same user trusts.
  if (signer === undefined) {
    const key = await run(trigger, ["key"], options);
    if (!key.success) throw failure(trigger, "cannot make a key", key);
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const agentArgs = ["--hostname=probe", `--state=${join(folder.path, "state")}`, url];
  const agentOutcome = run(agent, agentArgs, { ...options, signal });
  try {
    const outcome = await run(trigger, triggerArguments(pair), options);
    if (outcome.success && (pair.dryRun || outcome.stdout === "probe: ok\n")) return;
    stop.abort();
    const agentRun = await agentOutcome;
    throw failure(trigger, "cannot run a command on the agent", {
      ...outcome,
      stderr: outcome.stderr + agentRun.stderr,
    });
  } finally {
    stop.abort();
    await agentOutcome;
  }
}

/** `--expect` delays signing until the agent is attached: it refuses older requests. */
function triggerArguments({ url, signer, dryRun }: PairOptions): string[] {
  return [
    "--host=ALL",
    "--expect=probe",
    "--command=echo ok",
    `--listen=${url}`,
    ...(signer === undefined ? [] : [`--key=${signer}`]),
    ...(dryRun ? ["--dry-run"] : []),
  ];
}

function runOptions({ env }: SmokeTestFolder): RunOptions & { readonly signal: AbortSignal } {
  return { env, clearEnv: true, signal: AbortSignal.timeout(TEST_MS) };
}

function failure(program: string, problem: string, outcome: Outcome): BuildError {
  const output = outcome.stderr.trim() || outcome.stdout.trim();
  return new BuildError(`${program} ${problem}`, { hint: `output: ${output.split("\n")[0]}` });
}
