/**
 * A hub, the real program, and as many agents as are wanted, some thousand to a process.
 * @module
 */
import assert from "node:assert/strict";
import { type Installation, openInstallation } from "../../support/programs/installation.ts";
import { RealProgram } from "../../support/programs/real_program.ts";

/** What a fleet is made of. */
export interface FleetOptions {
  /** How many agents. */
  readonly agents: number;
  /** Whether they run what they are told; otherwise they only say so. */
  readonly real: boolean;
}

const AGENTS = new URL("./fleet_agents.ts", import.meta.url).pathname;
/** How many agents one process has at most: it needs a file descriptor for each. */
const MOST_PER_PROCESS = 2_500;
const ATTACHED = /all are attached\n/g;

/** A running fleet. */
export class Fleet implements AsyncDisposable {
  readonly #here: Installation;
  readonly #agents: readonly RealProgram[];
  readonly #stack: AsyncDisposableStack;
  #hub: RealProgram;

  /** Use {@linkcode Fleet.open} instead. */
  constructor(
    here: Installation,
    hub: RealProgram,
    { agents, stack }: { agents: readonly RealProgram[]; stack: AsyncDisposableStack },
  ) {
    this.#here = here;
    this.#hub = hub;
    this.#agents = agents;
    this.#stack = stack;
  }

  /** Starts all of it; resolves when all agents are attached. */
  static async open(options: FleetOptions): Promise<Fleet> {
    await using stack = new AsyncDisposableStack();
    const here = stack.use(await openInstallation());
    const { stdout: key } = await here.trigger("keygen", "--no-passphrase");
    const hub = stack.use(await startHub(here));
    const agents = processesOf(options).map((args) => {
      const words = [Deno.execPath(), "run", "--quiet", "--allow-all", AGENTS, here.url, ...args];
      return stack.use(
        new RealProgram(withFiles([...words, key.trim()]), { env: here.environment() }),
      );
    });
    const fleet = new Fleet(here, hub, { agents, stack: stack.move() });
    await fleet.attached(1);
    return fleet;
  }

  /** The control socket of the hub, as a URL. */
  get control(): string {
    return `ipc://${controlOf(this.#here)}`;
  }

  /** The process id of the hub. */
  get hub(): number {
    return this.#hub.pid;
  }

  /** Everything that the hub has complained about. */
  get complaints(): string {
    return this.#hub.text("stderr");
  }

  /** Resolves when all agents have been attached for the `times`th time. */
  async attached(times: number): Promise<void> {
    const pattern = new RegExp(`(${ATTACHED.source}){${times}}`);
    await Promise.all(this.#agents.map((agents) => agents.says("stdout", pattern)));
  }

  /** Kills the hub, and starts it again. */
  async restartHub(): Promise<void> {
    this.#hub.kill("SIGKILL");
    await this.#hub.ended();
    this.#hub = await startHub(this.#here);
  }

  /** Runs `nanotrigger` with this hub, and has it end well. */
  async trigger(command: string, ...args: readonly string[]): Promise<string> {
    const words = [command, "--hub", this.control, ...args];
    const { code, stdout, stderr } = await this.#here.trigger(...words);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}

/** The arguments of each process of agents. */
function processesOf({ agents, real }: FleetOptions): string[][] {
  const processes: string[][] = [];
  for (let first = 0; first < agents; first += MOST_PER_PROCESS) {
    const count = Math.min(MOST_PER_PROCESS, agents - first);
    processes.push([`${first}`, `${count}`, real ? "real" : "pretended"]);
  }
  return processes;
}

async function startHub(here: Installation): Promise<RealProgram> {
  const state = `${here.home}/hub`;
  const args = ["hub", ...here.listen, "--state", state, "--control", controlOf(here)];
  const words = withFiles(here.words("trigger", args));
  const hub = new RealProgram(words, { env: here.environment() });
  await hub.says("stdout", /^Listening on /);
  return hub;
}

function controlOf({ home }: Installation): string {
  return `${home}/control.sock`;
}

/** Has a program use as many file descriptors as it may. */
function withFiles(words: readonly string[]): [string, ...string[]] {
  return ["/bin/sh", "-c", 'ulimit -n "$(ulimit -Hn)" && exec "$@"', "sh", ...words];
}
