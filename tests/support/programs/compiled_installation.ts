/**
 * A temporary folder with executables made by `deno task compile`, a home for triggers and a home
 * for agents.
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder, removed when disposed. */
export interface CompiledInstallation extends AsyncDisposable {
  /** The folder; everybody can enter it. */
  readonly path: string;
  /** The home of the operator `ann`, who builds and runs triggers. */
  readonly master: string;
  /** The URL of a free port. */
  readonly url: string;
  /** The option by which a trigger listens there. */
  readonly listen: readonly [string];
  /** Builds with more options; returns the output of the build. */
  compile(...args: readonly string[]): Promise<string>;
  /** Runs one of the executables on the master. */
  run(program: "nanoexec" | "nanotrigger", ...args: readonly string[]): Promise<Ended>;
  /** Starts an agent on the host; resolves when it has started. */
  startAgent(...args: readonly string[]): Promise<StartedAgent>;
}

/** An agent, stopped when disposed. */
export interface StartedAgent extends AsyncDisposable {
  /** Its first output. */
  readonly said: string;
  /** Returns the distinct real user ids of all processes with this folder in their command line. */
  usersOfProcesses(): Promise<readonly number[]>;
  /** Ends it without waiting, when the process unloads. */
  kill(): void;
}

/** Creates the folder; builds nothing yet. */
export async function makeCompiledInstallation(): Promise<CompiledInstallation> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_compiled_" }));
  await Deno.chmod(path, 0o755);
  const master = join(path, "master");
  await Deno.mkdir(master, { mode: 0o700 });
  const url = `tcp://127.0.0.1:${freePort()}`;
  return {
    path,
    master,
    url,
    listen: [`--listen=${url}`],
    compile: (...args) => compile(path, args),
    run: (program, ...args) => run(path, program, args),
    startAgent: (...args) => startAgent(path, args),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Compiles as the task does. `deno task` itself would look for its cache in the builder's home. */
async function compile(path: string, args: readonly string[]): Promise<string> {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const { tasks } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const [, ...words] = String(tasks.compile).split(" ");
  const { code, stdout, stderr } = await ended(
    new Deno.Command(Deno.execPath(), {
      args: [...words, `--out=${join(path, "dist")}`, ...args],
      cwd: root,
      // Keeps the environment, because an empty cache is filled through this machine's proxy and
      // CA.
      env: { ...environment(path, "master"), DENO_DIR: await denoCache() },
    }),
  );
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trim();
}

function run(path: string, program: string, args: readonly string[]): Promise<Ended> {
  const env = environment(path, "master");
  return ended(
    new Deno.Command(join(path, "dist", program), { args: [...args], env, clearEnv: true }),
  );
}

async function startAgent(path: string, args: readonly string[]): Promise<StartedAgent> {
  const state = args.includes("--state") ? [] : ["--state", join(path, "state")];
  const child = new Deno.Command(join(path, "dist/nanoexec"), {
    args: [...args, ...state],
    env: environment(path, "host"),
    clearEnv: true,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const said = new TextDecoder().decode((await reader.read()).value);
  return {
    said,
    usersOfProcesses: () => usersOfProcesses(path),
    kill: () => child.kill("SIGKILL"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
    },
  };
}

function environment(path: string, home: "master" | "host"): Record<string, string> {
  const PATH = Deno.env.get("PATH") ?? "";
  const NANOEXEC_CACHE = join(path, "cache");
  return { PATH, HOME: join(path, home), USER: "ann", NANOEXEC_CACHE };
}

async function ended(command: Deno.Command): Promise<Ended> {
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

async function usersOfProcesses(path: string): Promise<readonly number[]> {
  const { stdout } = await ended(new Deno.Command("ps", { args: ["-eo", "uid=,args="] }));
  const lines = stdout.split("\n").filter((line) => line.includes(path));
  return [...new Set(lines.map((line) => parseInt(line)))];
}

/**
 * Returns the cache folder. With another HOME, Deno would look elsewhere and fetch everything
 * again.
 */
async function denoCache(): Promise<string> {
  const { stdout } = await ended(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }));
  return JSON.parse(stdout).denoDir;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
