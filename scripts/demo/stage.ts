/**
 * The demo's stage: a folder for home, a free port, and processes that run the real programs.
 * @module
 */
import { userFolders } from "../../lib/cli/sandbox/folders.ts";
import type { Program } from "../../lib/cli/sandbox/permissions.ts";
import { startFlags } from "../../lib/cli/start_flags.ts";

/** A trigger that runs in the background. */
export interface RunningTrigger {
  /** Resolves when it has printed something. */
  readonly begun: Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** Agents and hubs in the background, triggers in the foreground, and a narrator. */
export class Stage implements AsyncDisposable {
  readonly #background: Deno.ChildProcess[] = [];
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

  /** The option by which a trigger asks the hub of this stage. */
  get hubOption(): string[] {
    return ["--hub", `ipc://${this.home}/hub/control.sock`];
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

  /** Starts `nanotrigger` with `args`, and shows what it prints as it comes. */
  startTrigger(...args: string[]): RunningTrigger {
    console.log(`$ nanotrigger ${args.map(shown).join(" ")}`);
    const child = this.#command("trigger", args, "piped").spawn();
    const begun = Promise.withResolvers<void>();
    const showing = show(child.stdout, begun.resolve);
    const ended = Promise.all([child.status, showing]).then(() => begun.resolve());
    return { begun: begun.promise, ended };
  }

  /** Starts a hub; resolves, when it listens, with what kills it. */
  async hub(): Promise<() => Promise<void>> {
    const args = ["hub", ...this.listen];
    const child = this.#command("trigger", [...args, "--state", `${this.home}/hub`], "piped")
      .spawn();
    await this.#announce(child, `nanotrigger ${args.join(" ")}`);
    return async () => {
      child.kill("SIGKILL");
      await child.status;
    };
  }

  /** Starts an agent; resolves when it has said on which name it filters. */
  async agent(name: string): Promise<void> {
    const args = ["--hostname", name, this.url];
    // Root's agents keep their state in the system's folder, where it has no business to be here.
    const state = ["--state", `${this.home}/agents/${name}`];
    const child = this.#command("exec", [...state, ...args], "piped").spawn();
    await this.#announce(child, `nanoexec ${args.join(" ")}`);
  }

  /** Stops what runs in the background and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#background.map(stop));
    await Deno.remove(this.home, { recursive: true });
  }

  /** Shows what was started, and waits for the line by which it says that it is ready. */
  async #announce(child: Deno.ChildProcess, words: string): Promise<void> {
    this.#background.push(child);
    console.log(`$ ${words} &`);
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    if (!value) throw new Error(`${words} has not started`);
    console.log(new TextDecoder().decode(value).trimEnd());
    reader.releaseLock();
  }

  #command(program: Program, args: string[], stdout: "inherit" | "piped"): Deno.Command {
    const user = userFolders({ HOME: this.home });
    const flags = startFlags(program, args, user);
    const entry = new URL(`../../main_${program}.ts`, import.meta.url).pathname;
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...flags, entry, ...args],
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

async function show(stream: ReadableStream<Uint8Array>, first: () => void): Promise<void> {
  for await (const bytes of stream) {
    await Deno.stdout.write(bytes);
    first();
  }
}

async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended already
  }
  await child.status;
  await child.stdout.cancel();
}
