/**
 * The demo's stage: a folder for home, a free port, and processes that run the real programs.
 * @module
 */
import type { Program } from "../../lib/cli/permissions.ts";

/** Agents in the background, triggers in the foreground, and a narrator. */
export class Stage implements AsyncDisposable {
  readonly #agents: Deno.ChildProcess[] = [];
  readonly #cache: string;
  /** The folder that everything is kept in. */
  readonly home: string;
  /** Where agents dial and triggers listen. */
  readonly url: string;

  /** Use {@linkcode openStage} instead. */
  constructor(home: string, url: string, cache: string) {
    this.home = home;
    this.url = url;
    this.#cache = cache;
  }

  /** The options by which a trigger becomes the queue of this stage. */
  get listen(): string[] {
    return ["--listen", this.url];
  }

  /** Explains the next step. */
  say(text: string): void {
    console.log(`\n# ${text}`);
  }

  /** Runs `nanotrigger` with `args`, shown as a person would type it. */
  async trigger(...args: string[]): Promise<void> {
    console.log(`$ nanotrigger ${args.map(shown).join(" ")}`);
    const { code } = await this.#command("trigger", args, "inherit").output();
    if (code !== 0) console.log(`(exit status ${code})`);
  }

  /** Starts an agent; resolves when it has said on which name it filters. */
  async agent(name: string): Promise<void> {
    const args = ["--hostname", name, this.url];
    // Root's agents keep their state in the system's folder, where it has no business to be here.
    const state = ["--state", `${this.home}/agents/${name}`];
    const child = this.#command("exec", [...state, ...args], "piped").spawn();
    this.#agents.push(child);
    console.log(`$ nanoexec ${args.join(" ")} &`);
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    if (!value) throw new Error(`the agent ${name} has not started`);
    console.log(new TextDecoder().decode(value).trimEnd());
    reader.releaseLock();
  }

  /** Stops the agents and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map(stop));
    await Deno.remove(this.home, { recursive: true });
  }

  #command(program: Program, args: string[], stdout: "inherit" | "piped"): Deno.Command {
    const script = new URL("../run.ts", import.meta.url).pathname;
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-read", "--allow-env", "--allow-run", script, program, ...args],
      env: {
        HOME: this.home,
        USER: "you",
        XDG_CONFIG_HOME: "",
        XDG_STATE_HOME: "",
        DENO_DIR: this.#cache,
      },
      stdout,
      // What agents log while the queue comes and goes would only be in the way here.
      stderr: program === "exec" ? "null" : "inherit",
    });
  }
}

/** Makes the folder and finds a free port. */
export async function openStage(): Promise<Stage> {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const home = await Deno.makeTempDir({ prefix: "nanoexec-demo-" });
  return new Stage(home, `tcp://127.0.0.1:${probe.addr.port}`, await denoCache());
}

/** With another HOME, Deno would look for its cache elsewhere and fetch everything anew. */
async function denoCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

async function stop(agent: Deno.ChildProcess): Promise<void> {
  try {
    agent.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended already
  }
  await agent.status;
  await agent.stdout.cancel();
}
