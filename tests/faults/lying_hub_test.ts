/**
 * Jobs through a hub that lies. Whatever it drops, delays, repeats, changes and invents: nothing
 * runs that was not signed for that host, nothing runs twice, and no host is reported better than
 * the truth. A failure names its seed: `NANOEXEC_SEED=… deno task test
 * tests/faults/lying_hub_test.ts`.
 *
 * NANOEXEC_LONG=500 makes it 10,000 jobs instead of 200.
 * @module
 */
import assert from "node:assert/strict";
import { describeInput, type TrueRun } from "../support/lying/truth.ts";
import { seededRandom } from "../support/lying/seeded_random.ts";
import {
  type LyingHubFixture,
  openLyingHub,
  type Told,
} from "../support/lying/lying_hub_fixture.ts";

const LONG = Deno.env.get("NANOEXEC_LONG");
const JOBS = LONG === undefined ? 200 : Number(LONG) * 20;
const SEED = Number(Deno.env.get("NANOEXEC_SEED") ?? 1);
const NODES = ["web1", "web2", "web3", "web4"];
/** How many jobs are under way at once. */
const WORKERS = 32;
const RATE = Number(Deno.env.get("NANOEXEC_RATE") ?? 0.05);
/** The longest delay of a message: longer than a job waits for its hosts. */
const MAX_DELAY_MS = 4_000;
/** After this time no request of the test is fresh. */
const SETTLE_MS = 6_000;

/**
 * Lies that still work, which a run tells only if NANOEXEC_LIES names them: an agent signs `refused`
 * when the secrets of a request were stripped, and runs the whole request when it comes later.
 */
const KNOWN_FAULTS: ReadonlySet<string> = new Set(["strip secrets"]);

/** A job of the test. */
interface Plan {
  readonly number: number;
  readonly nodes: readonly string[];
  readonly code: number;
  readonly workMs: number;
  readonly kind: "plain" | "rollout" | "stdin" | "pipe" | "secret";
}

/** What the operator was told of one host, from `-j`. */
interface HostReport {
  readonly host: string;
  readonly state: string;
  readonly code?: number;
  readonly stdout?: string;
  readonly canRunUntil?: string;
}

const SECRET = "correct horse battery staple";
/** How much a pipe gives at once. */
const PIPE_BYTES = 20_000;
const INPUT = new TextEncoder().encode("stop\ndelete\nstart\n".repeat(20_000));

function makePlan(number: number, random: () => number): Plan {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const nodes = NODES.filter(() => random() < 0.6);
  return {
    number,
    nodes: nodes.length > 0 ? nodes : [pick(NODES)],
    code: pick([0, 0, 0, 3]),
    workMs: pick([0, 0, 100, 500]),
    kind: pick(["plain", "plain", "rollout", "stdin", "pipe", "secret"]),
  };
}

/** The files that jobs read. */
interface PlanFiles {
  readonly secret: string;
  readonly input: string;
  /** Returns the path of a new pipe with the input. */
  pipe(): string;
}

/** The options of `nanotrigger run` for `plan`. */
function argsOf({ kind }: Plan, files: PlanFiles): readonly string[] {
  switch (kind) {
    case "plain":
      return [];
    case "rollout":
      return ["--batch", "1", "--max-fail", "0"];
    case "stdin":
      return ["--stdin", files.input];
    case "pipe":
      return ["--stdin", files.pipe()];
    case "secret":
      return ["--secret", `TOKEN=@${files.secret}`];
    default:
      return kind satisfies never;
  }
}

/** Compares what the operator was told of `plan` with what ran; returns the contradictions. */
function contradictions(plan: Plan, told: Told, runs: readonly TrueRun[]): string[] {
  const wrong: string[] = [];
  const ran = (node: string) => runs.filter((run) => run.node === node);
  for (const run of runs) {
    if (!plan.nodes.includes(run.node)) wrong.push(`ran elsewhere: ${run.node}`);
    if (run.words.join() !== [plan.number, plan.code, plan.workMs].join()) {
      wrong.push("ran changed");
    }
    if (plan.kind === "secret" && run.secrets.TOKEN !== SECRET) {
      wrong.push("ran with another secret");
    }
  }
  for (const node of plan.nodes) if (ran(node).length > 1) wrong.push(`ran twice: ${node}`);
  const reports = hostReports(told);
  for (const { host } of reports) {
    if (!plan.nodes.includes(host)) wrong.push(`told of a host that was not asked: ${host}`);
  }
  if (told.status === 0) {
    for (const node of plan.nodes) {
      const isOk = ran(node).some(({ ended }) => ended) && plan.code === 0;
      if (!isOk) wrong.push(`status 0, but ${node} did not end with 0`);
    }
  }
  for (const report of reports) {
    const [run] = ran(report.host);
    switch (report.state) {
      case "exited":
        if (!run?.ended) wrong.push(`${report.host} exited, but it did not run to its end`);
        if (report.code !== plan.code) wrong.push(`${report.host} exited with another code`);
        if (report.stdout !== undefined && report.stdout !== run?.output) {
          wrong.push(`${report.host} printed something else`);
        }
        if (
          (plan.kind === "stdin" || plan.kind === "pipe") &&
          !report.stdout?.includes(describeInput(INPUT))
        ) {
          wrong.push(`${report.host} read something else: ${report.stdout}`);
        }
        break;
      case "refused":
      case "skipped":
        if (run) wrong.push(`${report.host} is ${report.state}, but it ran`);
        break;
      case "expired":
        if (run && report.canRunUntil === undefined) {
          wrong.push(`${report.host} is expired, but it ran`);
        }
        break;
      case "cancelled":
        if (run?.ended) wrong.push(`${report.host} is cancelled, but it ran to its end`);
        break;
      default: // lost and the like claim nothing
    }
  }
  return wrong;
}

function hostReports({ stdout }: Told): readonly HostReport[] {
  return stdout === "" ? [] : JSON.parse(stdout).results;
}

/** Runs all jobs; returns what the operator was told of each. */
async function runJobs(fixture: LyingHubFixture, plans: readonly Plan[]): Promise<readonly Told[]> {
  const home = Deno.env.get("HOME");
  const pieces = Array.from(
    { length: Math.ceil(INPUT.length / PIPE_BYTES) },
    (_, index) => INPUT.subarray(index * PIPE_BYTES, (index + 1) * PIPE_BYTES),
  );
  const files = {
    ...{ secret: `${home}/token`, input: `${home}/input` },
    pipe: () => fixture.pipe(pieces),
  };
  await Deno.writeTextFile(files.secret, SECRET, { mode: 0o600 });
  await Deno.writeFile(files.input, INPUT);
  const told: Told[] = new Array(plans.length);
  let next = 0;
  await Promise.all(Array.from({ length: WORKERS }, async () => {
    for (let index = next++; index < plans.length; index = next++) {
      const plan = plans[index];
      if (!plan) return;
      const words = ["/usr/bin/job", plan.number, plan.code, plan.workMs].map(String);
      const options = ["-w", plan.nodes.join(), "-t", "2s", "-u", "2s", "-j", "-q"];
      told[index] = await fixture.trigger(
        "run",
        ...options,
        ...argsOf(plan, files),
        "--",
        ...words,
      );
    }
  }));
  return told;
}

Deno.test({
  name:
    `a hub that lies makes nothing run that is not signed, nor the operator believe what is not so (${JOBS} jobs, seed ${SEED})`,
  permissions: { read: true, write: true, net: true, env: true, sys: true },
  sanitizeOps: false,
  timeout: 120_000 + JOBS * 1_500,
  async fn() {
    const random = seededRandom(SEED);
    const plans = Array.from({ length: JOBS }, (_, number) => makePlan(number, random));
    const told = new Map(await withLyingHub(plans));
    assert.equal(
      told.size,
      0,
      [...told].map(([number, wrong]) => `${number}: ${wrong}`).join("\n"),
    );
  },
});

/** Runs `plans`; returns the contradictions by the number of the job. */
async function withLyingHub(plans: readonly Plan[]): Promise<Map<number, string>> {
  const only = Deno.env.get("NANOEXEC_LIES")?.split(",");
  await using fixture = await openLyingHub({
    ...(only ? { only: new Set(only) } : { except: KNOWN_FAULTS }),
    ...{ seed: SEED, rate: RATE, maxDelayMs: MAX_DELAY_MS, nodes: NODES },
  });
  const told = await runJobs(fixture, plans);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS)); // what was delayed arrives
  if (Deno.env.has("NANOEXEC_REPORT")) {
    const statuses = Map.groupBy(told, ({ status }) => status);
    console.log(Object.fromEntries([...statuses].map(([status, all]) => [status, all.length])));
    console.log(Object.fromEntries(fixture.lies.told));
  }
  const wrong = new Map<number, string>();
  plans.forEach((plan, index) => {
    const saying = told[index];
    const found = saying ? contradictions(plan, saying, fixture.truth.allRuns(plan.number)) : [];
    if (found.length > 0 && saying) {
      wrong.set(plan.number, JSON.stringify({ plan, found, ...saying }));
    }
  });
  return wrong;
}
