/**
 * Fixture: an agent in its own process that crashes and restarts, a hub in this process, and a
 * request for each round.
 * @module
 */
import assert from "node:assert/strict";
import { verifyAudit } from "../../../lib/agent/records/audit_log.ts";
import { concat } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { type Dispatcher, openDispatcher } from "../../../lib/hub/jobs/dispatcher.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import { tcp } from "../../../lib/sp/mod.ts";
import { waitForAgents } from "../../../lib/trigger/queue/local_queue.ts";
import { FollowedJob } from "../../../lib/trigger/results/followed_job.ts";
import type { HostResult, ResultListener } from "../../../lib/trigger/results/host_result.ts";
import { prepareRequest } from "../../../lib/trigger/requests/submission.ts";
import { CRASHING_NAME, crashingAgentWords, type Progress } from "./crashing_agent.ts";
import { RealProgram } from "../programs/real_program.ts";

/** How often the agent dies in one test. */
export const ROUNDS: number = Number(Deno.env.get("NANOEXEC_LONG") ?? 25);
/** How long one test may take, in milliseconds. */
export const MAX_TEST_MS: number = 60_000 + ROUNDS * 5_000;
const MAX_MS = 30_000;

/** The report on one request. */
export interface CrashReport {
  /** How often it had run at the first crash. */
  readonly before: number;
  /** How often it ran in all. */
  readonly runs: number;
  /** Its outcome. */
  readonly outcome: string;
  /** The reason, if there is one. */
  readonly reason: string | undefined;
  /** The output that the hub received. */
  readonly said: string;
}

/** Options of one crash test. */
export interface CrashTest {
  /** Whether the commands are detached. */
  readonly survive: boolean;
  /** A shell line that each command runs after it was counted. */
  readonly line: string;
  /** The points at which the agent can crash. */
  readonly points: Readonly<Record<string, { readonly progress: Progress }>>;
  /** Checks a round, given the progress of the request at the crash. */
  readonly check: (found: CrashReport, progress: Progress | undefined) => void;
}

/** A hub, a folder for the agent, and the running agent. */
export class AgentCrashFixture {
  readonly #test: CrashTest;
  readonly #hub: Dispatcher;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #key: SecretKey = generateSecretKey("ann");
  #agent: RealProgram | undefined;

  /** Use {@linkcode runCrashTest} instead. */
  constructor(
    test: CrashTest,
    hub: Dispatcher,
    { folder, denoDir }: { folder: string; denoDir: string },
  ) {
    this.#test = test;
    this.#hub = hub;
    this.#folder = folder;
    this.#env = { PATH: "/usr/bin:/bin", DENO_DIR: denoDir };
  }

  /** The state folder of the agent. */
  get state(): string {
    return `${this.#folder}/state`;
  }

  /** Starts the agent. A request signed before its first start would be refused. */
  async open(): Promise<void> {
    await Deno.mkdir(this.state, { mode: 0o700 });
    this.#start();
    await this.#attached();
  }

  /** Runs one request whose agent crashes at `point`, `deaths` times. */
  async dieAt(point: string, deaths: number): Promise<void> {
    const crash = `${this.state}/crash`;
    await Deno.writeTextFile(crash, point);
    const request = this.#submit();
    let before = 0;
    for (let death = 1; death <= deaths; death++) {
      const ended = await this.#agent?.ended();
      assert.equal(ended?.signal, "SIGKILL", ended?.stderr);
      if (death === 1) before = await this.#runsOf(request.id);
      if (death === deaths) await Deno.remove(crash);
      this.#start();
    }
    await this.#settle(request, before, this.#test.points[point]?.progress);
  }

  /** Runs one request whose agent crashes after `ms` milliseconds. */
  async dieAfter(ms: number): Promise<void> {
    await this.#attached();
    const request = this.#submit();
    await systemClock.sleep(ms);
    await this.kill();
    const before = await this.#runsOf(request.id);
    this.#start();
    await this.#settle(request, before, undefined);
  }

  /** Kills the agent. */
  async kill(): Promise<void> {
    this.#agent?.kill("SIGKILL");
    await this.#agent?.ended();
  }

  async #settle(
    { id, over, said }: Submitted,
    before: number,
    progress: Progress | undefined,
  ): Promise<void> {
    const { outcome } = await over;
    const runs = await this.#runsOf(id);
    const reason = "reason" in outcome ? outcome.reason : undefined;
    this.#test.check({ before, runs, outcome: outcome.kind, reason, said: said() }, progress);
  }

  #start(): void {
    const [url = ""] = this.#hub.urls;
    const trusted = printPublicKey({ key: this.#key.publicKey, comment: "ann" });
    this.#agent = new RealProgram(crashingAgentWords(this.state, url, trusted), { env: this.#env });
  }

  async #attached(): Promise<void> {
    await waitForAgents(this.#hub, { expect: [CRASHING_NAME], maxMs: MAX_MS });
  }

  /** Submits a request to the hub. */
  #submit(): Submitted {
    const { line, survive } = this.#test;
    const order = prepareRequest({
      target: parseTarget(CRASHING_NAME),
      lifeMs: 60_000,
      run: { kind: "shell", command: `echo $NANOEXEC_JOB >> ${this.#folder}/runs; ${line}` },
      timeoutMs: MAX_MS,
      mode: "run",
      survive,
    }, [this.#key]);
    const ended = Promise.withResolvers<HostResult>();
    const chunks: Uint8Array[] = [];
    const listener: ResultListener = {
      output: (_node, _stream, chunk) => void chunks.push(chunk.slice()),
      ended: (_node, end) => ended.resolve(end),
    };
    const sink = new FollowedJob([CRASHING_NAME], { listeners: [listener] });
    this.#hub.submit({ ...order, nodes: [CRASHING_NAME], deliverMs: MAX_MS }, sink);
    const said = () => new TextDecoder().decode(concat(chunks));
    return { id: order.id, over: ended.promise, said };
  }

  /** Returns how often the command of request `id` ran so far. */
  async #runsOf(id: string): Promise<number> {
    const text = await Deno.readTextFile(`${this.#folder}/runs`).catch(() => "");
    return text.split("\n").filter((line) => line === id).length;
  }
}

/** A submitted request. */
interface Submitted {
  readonly id: string;
  /** Resolves with its result. */
  readonly over: Promise<HostResult>;
  readonly said: () => string;
}

/** Runs an agent through many rounds, then verifies its audit log. */
export async function runCrashTest(
  test: CrashTest,
  round: (number: number, scene: AgentCrashFixture) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_crash_" }));
  await using hub = await openDispatcher({
    listen: ["tcp://127.0.0.1:0"],
    transports: [tcp],
    version: "0",
    insecure: false,
  });
  const scene = new AgentCrashFixture(test, hub, { folder, denoDir: await denoDir() });
  await scene.open();
  for (let number = 0; number < ROUNDS; number++) await round(number, scene);
  await scene.kill();
  const audit = await Deno.readTextFile(`${scene.state}/audit.jsonl`);
  assert.equal(verifyAudit(audit).kind, "intact");
  await Deno.remove(folder, { recursive: true });
}

/** Crashes the agent at each point in turn, `deathsAt` times each. */
export function crashAtEachPoint(
  test: CrashTest,
  deathsAt: (point: string, number: number) => number,
): Promise<void> {
  const points = Object.keys(test.points);
  return runCrashTest(test, (number, scene) => {
    const point = points[number % points.length] ?? "";
    return scene.dieAt(point, deathsAt(point, number)).catch((cause) => {
      throw new Error(`round ${number}, ${point}: ${cause.message}`, { cause });
    });
  });
}

/** Crashes the agent repeatedly, each time within `maxMs` milliseconds. */
export function crashAtRandomTimes(test: CrashTest, maxMs: number): Promise<void> {
  return runCrashTest(test, (number, scene) => {
    const ms = Math.random() * maxMs;
    return scene.dieAfter(ms).catch((cause) => {
      throw new Error(`round ${number}, ${ms} ms: ${cause.message}`, { cause });
    });
  });
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
