/**
 * Both programs on one machine, as a person would try them out: their own home, state folder and
 * port, real processes, and exactly the permissions of the executables.
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

/** The permissions and limits of a test with real processes. */
export const E2E: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: {
    read: true,
    write: true,
    env: true,
    run: true,
    sys: ["uid"],
    net: ["127.0.0.1"],
  },
  // Far more than any test takes, because the machine may be busy.
  timeout: 240_000,
};

/** The folder of the executables under test; `undefined` to run the sources. */
const BIN: string | undefined = Deno.env.get("NANOEXEC_BIN");

/** Whether executables are tested, which have their builder's key built in. */
export const COMPILED: boolean = BIN !== undefined;

/** Options for starting a program. */
export type StartOptions = Partial<Omit<RealProgramOptions, "env">> & {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** An installation of both programs. Disposing it removes its folder. */
export class Installation implements AsyncDisposable {
  /** The folder for everything, which is also the user's home. */
  readonly home: string;
  /** The URL where agents dial and triggers listen. */
  readonly url: string;
  readonly #denoDir: string;

  /** Use {@linkcode openInstallation} instead. */
  constructor(home: string, url: string, denoDir: string) {
    this.home = home;
    this.url = url;
    this.#denoDir = denoDir;
  }

  /** The options by which a trigger becomes a one-shot hub. */
  get listen(): [string, string] {
    return ["--listen", this.url];
  }

  /** Returns the state folder of the agent of this name. */
  stateOf(name: string): string {
    return `${this.home}/state/${name}`;
  }

  /** Returns the words that start a program. */
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

  /** Starts the agent `name`; resolves when it has reported its start. */
  async agent(name: string, ...more: readonly string[]): Promise<RealProgram> {
    const args = ["--hostname", name, "--state", this.stateOf(name), ...more, this.url];
    const agent = this.start("exec", args);
    await agent.says("stdout", /^Filtering on hostname: .*\n/);
    return agent;
  }

  /** Waits until a hub listens at the URL. */
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

  /** Returns the environment of all programs. */
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

/** Creates a folder and finds a free port. */
export async function openInstallation(): Promise<Installation> {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_e2e_" }));
  return new Installation(home, freeUrl(), await denoCache());
}

/** Returns a local URL that is free now. */
export function freeUrl(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `tcp://127.0.0.1:${listener.addr.port}`;
}

/**
 * Returns the cache folder. With another HOME, Deno would look elsewhere and fetch everything
 * again.
 */
async function denoCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
