/**
 * The processes of the demo: agents, hubs and triggers, with a temporary home folder and a free
 * port.
 * @module
 */
import { userFolders } from "../../lib/cli/sandbox/folders.ts";
import type { Program } from "../../lib/cli/sandbox/permissions.ts";
import { startFlags } from "../../lib/cli/start_flags.ts";

/** A trigger that runs in the background. */
export interface RunningTrigger {
  /** Resolves after its first output. */
  readonly begun: Promise<void>;
  /** Resolves after its end. */
  readonly ended: Promise<void>;
}

/** Agents and hubs in the background, triggers in the foreground, and printed headings. */
export class DemoSetup implements AsyncDisposable {
  readonly #background: Deno.ChildProcess[] = [];
  readonly #cache: string;
  /** The folder of all files. */
  readonly home: string;
  /** The address that agents dial and triggers listen on. */
  readonly url: string;

  /** Use {@linkcode openDemoSetup} instead. */
  constructor(home: string, url: string, cache: string) {
    this.home = home;
    this.url = url;
    this.#cache = cache;
  }

  /** The options with which a trigger is the hub itself. */
  get listen(): string[] {
    return ["--listen", this.url];
  }

  /** The options with which a trigger uses the running hub. */
  get hubOption(): string[] {
    return ["--hub", `ipc://${this.home}/hub/control.sock`];
  }

  /** Prints the heading of the next step. */
  heading(text: string): void {
    console.log(`\n# ${text}`);
  }

  /** Prints and runs `nanotrigger` with `args`. */
  async trigger(...args: string[]): Promise<void> {
    console.log(`$ nanotrigger ${args.map(quoteWord).join(" ")}`);
    const { code } = await this.#command("trigger", args, "inherit").output();
    if (code !== 0) console.log(`(exit status ${code})`);
  }

  /** Starts `nanotrigger` with `args`, and prints its output as it arrives. */
  startTrigger(...args: string[]): RunningTrigger {
    console.log(`$ nanotrigger ${args.map(quoteWord).join(" ")}`);
    const child = this.#command("trigger", args, "piped").spawn();
    const begun = Promise.withResolvers<void>();
    const printed = printOutput(child.stdout, begun.resolve);
    const ended = Promise.all([child.status, printed]).then(() => begun.resolve());
    return { begun: begun.promise, ended };
  }

  /** Starts a hub. Resolves when it listens, with a function that kills it. */
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

  /** Starts an agent. Resolves after its first line of output. */
  async agent(name: string): Promise<void> {
    const args = ["--hostname", name, this.url];
    // Agents of root would keep their state in /var/lib.
    const state = ["--state", `${this.home}/agents/${name}`];
    const child = this.#command("exec", [...state, ...args], "piped").spawn();
    await this.#announce(child, `nanoexec ${args.join(" ")}`);
  }

  /** Stops the background processes and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#background.map(stop));
    await Deno.remove(this.home, { recursive: true });
  }

  /** Prints the command, and waits for the line that the process prints when it is ready. */
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
      // The log lines of agents about attached and lost hubs would hide the rest.
      stderr: program === "exec" ? "null" : "inherit",
    });
  }
}

/** Makes the folder and finds a free port. */
export async function openDemoSetup(): Promise<DemoSetup> {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const home = await Deno.makeTempDir({ prefix: "nanoexec-demo-" });
  return new DemoSetup(home, `tcp://127.0.0.1:${probe.addr.port}`, await denoCache());
}

/** Returns the cache of Deno: with another HOME, Deno would download everything again. */
async function denoCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

async function printOutput(stream: ReadableStream<Uint8Array>, first: () => void): Promise<void> {
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
