/**
 * Fixture: triggers in their own processes that crash, agents in the test's process that run real
 * commands, and a real hub unless the triggers are one-shot hubs: `await using fixture = await
 * openTriggerCrashFixture({ hub: true })`.
 * @module
 */
import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { crashingTriggerWords } from "./crashing_trigger.ts";
import { type Installation, openInstallation } from "../programs/installation.ts";
import { openRealAgent } from "../agent/simulated_agent.ts";
import { type Ended, RealProgram } from "../programs/real_program.ts";

/** The hosts of every job. */
export const HOSTS: readonly string[] = ["web1", "web2", "web3"];
const SET = "web[1-3]";

/** The fixture. Disposing it ends all its processes. */
export class TriggerCrashFixture implements AsyncDisposable {
  readonly here: Installation;
  /** The options by which a trigger finds the hub, or becomes a one-shot hub. */
  readonly options: readonly string[];
  readonly #stack: AsyncDisposableStack;

  /** Use {@linkcode openTriggerCrashFixture} instead. */
  constructor(here: Installation, options: readonly string[], stack: AsyncDisposableStack) {
    this.here = here;
    this.options = options;
    this.#stack = stack;
  }

  /** Adds the agents, which trust the key in `trustLine`. */
  async addAgents(trustLine: string): Promise<void> {
    const { url } = this.here;
    for (const name of HOSTS) {
      const options = { url, trust: [trustLine], state: this.here.stateOf(name), random: dialSoon };
      this.#stack.use(await openRealAgent(name, options));
    }
  }

  /** Runs a trigger that crashes at `point`; its command counts as `mark` in {@linkcode runsOf}. */
  async die(point: string, mark: string): Promise<void> {
    const crash = `${this.here.home}/crash`;
    await Deno.writeTextFile(crash, point);
    await assertKilled(this.#start(mark));
    await Deno.remove(crash);
  }

  /** Runs a trigger that crashes after `ms` milliseconds. */
  async dieAfter(ms: number, mark: string): Promise<void> {
    const trigger = this.#start(mark);
    await systemClock.sleep(ms);
    trigger.kill("SIGKILL");
    await trigger.ended();
  }

  /** Runs such a trigger to its end. */
  run(mark: string): Promise<Ended> {
    return this.#start(mark).ended();
  }

  /** Runs another command of `nanotrigger`. */
  ask(command: string, ...args: readonly string[]): Promise<Ended> {
    return this.here.trigger(command, ...this.options, ...args);
  }

  /** Returns the hosts on which the command of `mark` ran, once for each run. */
  async runsOf(mark: string): Promise<readonly string[]> {
    const text = await Deno.readTextFile(this.#runs).catch(() => "");
    const words = text.split("\n").map((line) => line.split(" "));
    return words.filter(([of]) => of === mark).map(([, host = ""]) => host).sort();
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  get #runs(): string {
    return `${this.here.home}/runs`;
  }

  #start(mark: string): RealProgram {
    const line = `echo ${mark} $NANOEXEC_HOST >> ${this.#runs}; seq 1000`;
    const args = ["run", ...this.options, "-w", SET, "-t", "30", "--shell", line];
    const words = crashingTriggerWords(this.here.home, args);
    return new RealProgram(words, { env: this.here.environment() });
  }
}

/** Opens a fixture, with a running hub or without. */
export async function openTriggerCrashFixture(
  { hub }: { readonly hub: boolean },
): Promise<TriggerCrashFixture> {
  await using stack = new AsyncDisposableStack();
  const here = stack.use(await openInstallation());
  const { stdout } = await here.trigger("key");
  const state = `${here.home}/hub`;
  if (hub) {
    const program = stack.use(here.start("trigger", ["hub", "--state", state, ...here.listen]));
    await program.says("stdout", /^Listening on .*\n/);
  }
  const options = hub ? ["--hub", `ipc://${state}/control.sock`] : here.listen;
  const scene = new TriggerCrashFixture(here, options, stack.move());
  await scene.addAgents(stdout.trim());
  return scene;
}

async function assertKilled(trigger: RealProgram): Promise<void> {
  const { signal, stderr } = await trigger.ended();
  assert.equal(signal, "SIGKILL", stderr);
}

/** Returns the shortest redial interval. */
function dialSoon(): number {
  return 0.05;
}
