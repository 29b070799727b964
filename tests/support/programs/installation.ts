/**
 * Both programs on one machine, as a person would try them out: a home, a state folder and a port
 * of their own, real processes, and exactly the permissions that the executables have.
 *
 *     await using here = await openInstallation();
 *     await using agent = await here.agent("web1");
 *     const { code, stdout } = await here.trigger("-h", "web1", "-c", "uptime", ...here.listen);
 *
 * With NANOEXEC_BIN in the environment, the executables in that folder are started instead.
 * @module
 */
import { resolve } from "node:path";
import { userFolders } from "../../../lib/cli/sandbox/folders.ts";
import { type Program, programNames } from "../../../lib/cli/sandbox/permissions.ts";
import { startFlags } from "../../../lib/cli/start_flags.ts";
import { type Ended, RealProgram, type RealProgramOptions } from "./real_program.ts";

/** What a test with real processes may do. */
export const E2E: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: {
    read: true,
    write: true,
    env: true,
    run: true,
    sys: ["uid"],
    net: ["127.0.0.1"],
  },
  // Far more than any of them takes: a busy machine is no reason to fail.
  timeout: 240_000,
};

/** The folder with executables to test, if the source is not to be run. */
const BIN: string | undefined = Deno.env.get("NANOEXEC_BIN");

/** Whether executables are tested, in which the key of whoever built them is baked. */
export const COMPILED: boolean = BIN !== undefined;

/** How to start a program. */
export type StartOptions = Partial<Omit<RealProgramOptions, "env">> & {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** A place to run both programs. Disposing it removes its folder. */
export class Installation implements AsyncDisposable {
  /** The folder for everything, which is also the user's home. */
  readonly home: string;
  /** Where agents dial and triggers listen. */
  readonly url: string;
  readonly #denoDir: string;

  /** Use {@linkcode openInstallation} instead. */
  constructor(home: string, url: string, denoDir: string) {
    this.home = home;
    this.url = url;
    this.#denoDir = denoDir;
  }

  /** The options by which a trigger becomes the queue. */
  get listen(): [string, string] {
    return ["--listen", this.url];
  }

  /** The folder in which the agent of this name keeps its state. */
  stateOf(name: string): string {
    return `${this.home}/state/${name}`;
  }

  /** The words that start a program. */
  words(program: Program, args: readonly string[]): [string, ...string[]] {
    if (BIN !== undefined) return [resolve(BIN, programNames[program]), ...args];
    const user = userFolders({ HOME: this.home });
    const flags = startFlags(program, args, user);
    const entry = new URL(`../../../main_${program}.ts`, import.meta.url).pathname;
    return [Deno.execPath(), "run", "--quiet", "--cached-only", ...flags, entry, ...args];
  }

  /** Starts a program. */
  start(program: Program, args: readonly string[], options: StartOptions = {}): RealProgram {
    const { env, ...rest } = options;
    return new RealProgram(this.words(program, args), { ...rest, env: this.environment(env) });
  }

  /** Starts the agent `name`; resolves when it has said so. */
  async agent(name: string, ...more: readonly string[]): Promise<RealProgram> {
    const args = ["--hostname", name, "--state", this.stateOf(name), ...more, this.url];
    const agent = this.start("exec", args);
    await agent.says("stdout", /^Filtering on hostname: .*\n/);
    return agent;
  }

  /** Waits until somebody listens at the URL. */
  async queueIsThere(): Promise<void> {
    const { hostname, port } = new URL(this.url.replace("tcp:", "http:"));
    while (true) {
      try {
        using _connection = await Deno.connect({ hostname, port: Number(port) });
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      }
    }
  }

  /** Runs `nanotrigger` to its end. */
  async trigger(...args: readonly string[]): Promise<Ended> {
    return await this.start("trigger", args).ended();
  }

  /** Runs `nanoexec` to its end. */
  async exec(...args: readonly string[]): Promise<Ended> {
    return await this.start("exec", args).ended();
  }

  /** The environment of all programs. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: this.home,
      USER: "ann",
      DENO_DIR: this.#denoDir,
      DENO_NO_UPDATE_CHECK: "1",
      // Unpacked once for all tests.
      NANOEXEC_CACHE: `${this.#denoDir}/nanoexec_e2e`,
      ...more,
    };
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.home, { recursive: true });
  }
}

/** Makes a folder and finds a free port. */
export async function openInstallation(): Promise<Installation> {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_e2e_" }));
  return new Installation(home, freeUrl(), await denoCache());
}

/** A URL on this machine that is free now. */
export function freeUrl(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `tcp://127.0.0.1:${listener.addr.port}`;
}

/** With another HOME, Deno would look for its cache elsewhere and fetch everything anew. */
async function denoCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
