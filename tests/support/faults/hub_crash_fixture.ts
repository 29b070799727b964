/**
 * Fixture: a hub in its own process that a test can kill and restart, agents in the test's process
 * that run real commands, and a connected trigger: `await using fixture = await
 * openHubCrashFixture()`.
 * @module
 */
import assert from "node:assert/strict";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import { ipc, tcp } from "../../../lib/sp/mod.ts";
import { FollowedJob } from "../../../lib/trigger/results/followed_job.ts";
import type { HostResult, ResultListener } from "../../../lib/trigger/results/host_result.ts";
import { prepareRequest } from "../../../lib/trigger/requests/submission.ts";
import { openRemoteQueue, type RemoteQueue } from "../../../lib/trigger/queue/remote_queue.ts";
import { freeUrl } from "../programs/installation.ts";
import { openRealAgent } from "../agent/simulated_agent.ts";
import { RealProgram } from "../programs/real_program.ts";

/** The hosts of every job. */
export const NODES: readonly string[] = ["web1", "web2", "web3"];
/** The time limit of every step, in milliseconds. */
export const MAX_MS = 60_000;
/** Few enough for any window, and more than one: the hub must write and credit before the end. */
const [SHORT, LONG] = [1_000, 600_000];

/** A job, and what its submitter or a follower received about it. */
export interface CrashJob {
  readonly id: string;
  /** How many lines its command prints. */
  readonly lines: number;
  readonly ends: Map<string, HostResult>;
  readonly bytes: Map<string, number>;
  /** Resolves when all hosts have ended. */
  readonly over: Promise<void>;
}

/** The fixture. Disposing it ends all its processes. */
export class HubCrashFixture implements AsyncDisposable {
  /** The folder of the hub, where the file `crash` can be put. */
  readonly hubFolder: string;
  /** The URL for agents. */
  readonly url: string;
  /** The operator's key. */
  readonly key: SecretKey;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #agents = new AsyncDisposableStack();
  #hub: RealProgram | undefined;
  #queue: RemoteQueue | undefined;

  /** Use {@linkcode openHubCrashFixture} instead. */
  constructor(folder: string, url: string, denoDir: string) {
    this.#folder = folder;
    this.hubFolder = `${folder}/hub`;
    this.url = url;
    this.key = generateSecretKey("ann");
    this.#env = { PATH: "/usr/bin:/bin", DENO_DIR: denoDir };
  }

  /** The URL of the control socket. */
  get control(): string {
    return `ipc://${this.hubFolder}/control.sock`;
  }

  /** The trigger's connection to the hub. */
  get queue(): RemoteQueue {
    return this.#queue ?? assert.fail("not open");
  }

  /** Starts the hub; resolves when it listens. */
  async start(): Promise<void> {
    const script = new URL("crashing_hub.ts", import.meta.url).pathname;
    this.#hub = this.program(script, this.hubFolder, this.url);
    await this.#hub.says("stdout", /^tcp:/);
  }

  /** Kills the hub. */
  kill(): void {
    this.#hub?.kill("SIGKILL");
  }

  /** Waits until the hub has died. */
  async died(): Promise<void> {
    const ended = await this.#hub?.ended();
    assert.equal(ended?.signal, "SIGKILL", ended?.stderr);
  }

  /** Starts a test program. */
  program(script: string, ...args: readonly string[]): RealProgram {
    const flags = ["--quiet", "--cached-only", "--no-prompt", "--no-check", "--allow-all"];
    return new RealProgram([Deno.execPath(), "run", ...flags, script, ...args], {
      env: this.#env,
    });
  }

  /** Opens the agents and the trigger's connection; waits until all are attached. */
  async open(): Promise<void> {
    await this.start();
    for (const node of NODES) await this.addAgent(node);
    this.#queue = await openRemoteQueue({
      url: this.control,
      transports: [tcp, ipc],
      version: "0",
      key: () => Promise.resolve(this.key),
      pins: new Map(),
    }, AbortSignal.timeout(MAX_MS));
    // A job for detached hosts ends once they have attached.
    await (await this.submit()).over;
  }

  /** Adds one more agent. */
  async addAgent(name: string): Promise<void> {
    const { url, trustLine } = this;
    const options = { url, trust: [trustLine], state: this.stateOf(name), random: dialSoon };
    this.#agents.use(await openRealAgent(name, options));
  }

  /** The line of a trust file for the operator's key. */
  get trustLine(): string {
    return printPublicKey({ key: this.key.publicKey, comment: "ann" });
  }

  /** The folder of the agent of this name. */
  stateOf(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Returns the command of every job. */
  command(lines: number): string {
    return `echo $NANOEXEC_JOB >> ${this.#folder}/runs; seq ${lines}`;
  }

  /** Signs and submits a job for all hosts; resolves when the hub has accepted it. */
  async submit({ long = false }: { readonly long?: boolean } = {}): Promise<CrashJob> {
    const lines = long ? LONG : SHORT;
    const order = prepareRequest({
      target: parseTarget("ALL"),
      lifeMs: MAX_MS,
      run: { kind: "shell", command: this.command(lines) },
      timeoutMs: MAX_MS,
      mode: "run",
    }, [this.key]);
    const heard = hear();
    const job = await this.queue.submit({ ...order, nodes: NODES, deliverMs: MAX_MS }, heard.sink);
    return { ...heard, id: order.id, lines, over: job.over };
  }

  /** Follows a job from its start. */
  async follow(id: string, lines: number): Promise<CrashJob> {
    const heard = hear();
    const job = await this.queue.follow(id, heard.sink);
    return { ...heard, id, lines, over: job.over };
  }

  /** Returns how often the command of a job ran on all hosts. */
  async runsOf(id: string): Promise<number> {
    const text = await Deno.readTextFile(`${this.#folder}/runs`).catch(() => "");
    return text.split("\n").filter((line) => line === id).length;
  }

  /** Asserts that a job that is over ran once on each host, and that its output is complete. */
  async check({ id, lines, ends, bytes }: CrashJob): Promise<void> {
    const told = JSON.stringify({ id, ends: [...ends] });
    const all = NODES.map((node) => [node, { kind: "exited", code: 0 }]);
    const outcomes = [...ends].map(([node, { outcome }]) => [node, { ...outcome }]);
    assert.deepEqual(outcomes.toSorted(), all, told);
    assert.equal(await this.runsOf(id), NODES.length, told);
    assert.deepEqual(NODES.map((node) => bytes.get(node)), NODES.map(() => bytesOf(lines)), told);
  }

  /** Asserts that no agent keeps a result that the hub has, except those of `open`. */
  async checkJournals(open: readonly string[]): Promise<void> {
    await this.#agents.disposeAsync();
    for (const node of NODES) {
      using journal = new Journal({ path: `${this.stateOf(node)}/journal.db` });
      const held = journal.held(1_000).map(({ id }) => id).filter((id) => !open.includes(id));
      assert.deepEqual(held, [], `${node} still holds results`);
    }
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue?.[Symbol.asyncDispose]();
    await this.#agents.disposeAsync();
    await this.#hub?.[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Opens a fixture with a listening hub and attached agents. */
export async function openHubCrashFixture(): Promise<HubCrashFixture> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_crash_" }));
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  const scene = new HubCrashFixture(folder, freeUrl(), denoDir);
  await scene.open();
  return scene;
}

function hear() {
  const ends = new Map<string, HostResult>();
  const bytes = new Map<string, number>();
  const listener: ResultListener = {
    output: (node, _stream, chunk) => {
      bytes.set(node, (bytes.get(node) ?? 0) + chunk.length);
    },
    ended: (node, end) => {
      assert.ok(!ends.has(node), `${node} has ended twice`);
      ends.set(node, end);
    },
  };
  return { ends, bytes, sink: new FollowedJob([], { listeners: [listener] }) };
}

/** Returns how many bytes `seq` prints. */
function bytesOf(lines: number): number {
  return Array.from({ length: lines }, (_, index) => `${index + 1}`.length + 1)
    .reduce((sum, length) => sum + length);
}

/** Returns the shortest redial interval. */
function dialSoon(): number {
  return 0.05;
}
