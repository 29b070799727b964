/**
 * The trigger is killed with SIGKILL at every marked point, and at random moments. With a hub the job
 * goes on without it, and whoever asks later is shown all of it. A trigger that was the queue itself
 * takes its job along; agents run no command twice, and serve the next trigger.
 *
 * NANOEXEC_LONG=500 makes it 500 rounds instead of 25.
 * @module
 */
import assert from "node:assert/strict";
import { askingPoints, queuePoints } from "../support/faults/crashing_trigger.ts";
import {
  HOSTS,
  openTriggerCrashFixture,
  type TriggerCrashFixture,
} from "../support/faults/trigger_crash_fixture.ts";

const ROUNDS = Number(Deno.env.get("NANOEXEC_LONG") ?? 25);
const ASKING = Object.keys(askingPoints);
const QUEUE = Object.keys(queuePoints);
/** How long a trigger lives at the longest, in milliseconds: more than it needs from source. */
const LATEST_MS = 900;
/** Likewise for one that is the queue itself, to which agents have to come. */
const LATEST_ALONE_MS = 3_000;
const SEQUENCE = Array.from({ length: 1_000 }, (_, index) => `${index + 1}\n`).join("");

interface Listed {
  readonly id: string;
  readonly summary: string;
}

/** The jobs that the hub knows of `mark`. */
async function jobsOf(mark: string, scene: TriggerCrashFixture): Promise<readonly Listed[]> {
  const { code, stdout, stderr } = await scene.ask("jobs", "-j");
  assert.equal(code, 0, stderr);
  const { jobs } = JSON.parse(stdout) as { readonly jobs: readonly Listed[] };
  return jobs.filter(({ summary }) => summary.startsWith(`echo ${mark} `));
}

/** Asserts that a job has come to its end on every host, once, and that all of it is shown. */
async function checkJob({ id }: Listed, mark: string, scene: TriggerCrashFixture): Promise<void> {
  const { code, stdout, stderr } = await scene.ask("job", "--follow", "-j", id);
  assert.equal(code, 0, stderr);
  const { results } = JSON.parse(stdout) as { readonly results: readonly JsonResult[] };
  const found = results.map(({ host, state, code, stdout }) => [host, state, code, stdout]);
  assert.deepEqual(found, HOSTS.map((host) => [host, "exited", 0, SEQUENCE]));
  assert.deepEqual(await scene.runsOf(mark), HOSTS);
}

interface JsonResult {
  readonly host: string;
  readonly state: string;
  readonly code: number;
  readonly stdout: string;
}

/** Asserts that what has run is what the hub knows. */
async function checkMark(mark: string, scene: TriggerCrashFixture): Promise<number> {
  const jobs = await jobsOf(mark, scene);
  assert.ok(jobs.length <= 1);
  for (const job of jobs) await checkJob(job, mark, scene);
  if (jobs.length === 0) assert.deepEqual(await scene.runsOf(mark), []);
  return jobs.length;
}

/** Has triggers die in many rounds; what ran is looked at again when all is over. */
async function endure(
  hub: boolean,
  round: (number: number, mark: string, scene: TriggerCrashFixture) => Promise<unknown>,
): Promise<void> {
  await using scene = await openTriggerCrashFixture({ hub });
  await served("first", scene);
  for (let number = 0; number < ROUNDS; number++) {
    await round(number, `round${number}`, scene).catch((cause) => {
      throw new Error(`round ${number}: ${cause.message}`, { cause });
    });
  }
  await served("last", scene);
  for (let number = 0; number < ROUNDS; number++) await checkOnce(`round${number}`, scene);
}

/** Asserts that the command of `mark` has run on no host twice, and says on which it has. */
async function checkOnce(mark: string, scene: TriggerCrashFixture): Promise<readonly string[]> {
  const runs = await scene.runsOf(mark);
  assert.equal(new Set(runs).size, runs.length, `${mark}: ${runs}`);
  return runs;
}

/** Asserts that a trigger that lives is served as if nothing had been. */
async function served(mark: string, scene: TriggerCrashFixture): Promise<void> {
  const { code, stderr } = await scene.run(mark);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await scene.runsOf(mark), HOSTS);
}

/** On which hosts the command of a queue that is gone has run, once each; they serve the next one. */
async function harmed(mark: string, scene: TriggerCrashFixture): Promise<readonly string[]> {
  await served(`${mark}-next`, scene);
  return await checkOnce(mark, scene);
}

const timing = {
  permissions: { read: true, write: true, env: true, run: true, sys: true, net: true },
  timeout: 60_000 + ROUNDS * 8_000,
} as const;

Deno.test({
  ...timing,
  name: `a trigger that is killed at each of ${ASKING.length} points leaves its job to the hub`,
  fn: () =>
    endure(true, async (number, mark, scene) => {
      const point = ASKING[number % ASKING.length] ?? "";
      await scene.die(point, mark);
      const jobs = await checkMark(mark, scene);
      const handing = askingPoints[point]?.handing;
      if (handing !== "perhaps") assert.equal(jobs, handing === "taken" ? 1 : 0, point);
    }),
});

Deno.test({
  ...timing,
  name: "a trigger that is killed at any moment leaves to the hub what the hub has taken",
  async fn() {
    const marks: string[] = [];
    await endure(true, async (number, mark, scene) => {
      await scene.dieAfter(Math.random() * LATEST_MS, mark);
      marks.push(mark);
      // The last one that the hub was handed may not have been taken yet; the one before has.
      const before = marks[number - 1];
      if (before !== undefined) await checkMark(before, scene);
    });
  },
});

Deno.test({
  ...timing,
  name:
    `a trigger that is the queue and is killed at each of ${QUEUE.length} points harms no agent`,
  fn: () =>
    endure(false, async (number, mark, scene) => {
      const point = QUEUE[number % QUEUE.length] ?? "";
      await scene.die(point, mark);
      const runs = await harmed(mark, scene);
      if (number < QUEUE.indexOf("before an agent is sent the order")) assert.deepEqual(runs, []);
      // Nothing is shown before all of it has been run somewhere.
      if (/is (written|acknowledged|shown)/.test(point)) assert.ok(runs.length > 0, point);
      if (/all is shown/.test(point)) assert.deepEqual(runs, HOSTS);
    }),
});

Deno.test({
  ...timing,
  name: "a trigger that is the queue and is killed at any moment harms no agent",
  fn: () =>
    endure(false, async (_number, mark, scene) => {
      await scene.dieAfter(Math.random() * LATEST_ALONE_MS, mark);
      await harmed(mark, scene);
    }),
});
