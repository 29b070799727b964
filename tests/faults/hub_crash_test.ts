/**
 * The hub is killed with SIGKILL at every marked point of a job's life, and at random moments, and is
 * started again. No result is lost, nothing runs twice, every host ends in one state, and the trigger
 * hears of all of it as if nothing had happened.
 *
 * NANOEXEC_LONG=500 makes it 500 rounds instead of 25.
 * @module
 */
import { systemClock } from "../../lib/base/clock.ts";
import { type HubCrashFixture, openHubCrashFixture } from "../support/faults/hub_crash_fixture.ts";
import { hubCrashPoints } from "../support/faults/crashing_hub.ts";

const ROUNDS = Number(Deno.env.get("NANOEXEC_LONG") ?? 25);
const POINTS = Object.keys(hubCrashPoints);
/** Only output that is long is written before its host has ended. */
const LONG: ReadonlySet<string> = new Set([
  "before output is written",
  "after output is written",
  "after output is credited",
]);
/** How late after the submission the hub dies at the latest, in milliseconds. */
const LATEST_MS = 120;

/** The hub dies at `point`, and again at the start of its next process if that is a point, too. */
async function dieAt(point: string, scene: HubCrashFixture): Promise<void> {
  const crash = `${scene.hubFolder}/crash`;
  await Deno.writeTextFile(crash, point);
  // What only happens when an agent comes needs one that does.
  if (point === "after an agent has come") scene.kill();
  const submitting = scene.submit({ long: LONG.has(point) });
  await scene.died();
  if (point === "after an agent has come") {
    await scene.start();
    await scene.died();
  }
  await Deno.remove(crash);
  await scene.start();
  await checkAll(scene, submitting);
}

async function dieAfter(ms: number, scene: HubCrashFixture, long: boolean): Promise<void> {
  const submitting = scene.submit({ long });
  await systemClock.sleep(ms);
  scene.kill();
  await scene.died();
  await scene.start();
  await checkAll(scene, submitting);
}

async function checkAll(
  scene: HubCrashFixture,
  submitting: ReturnType<HubCrashFixture["submit"]>,
): Promise<void> {
  const job = await submitting;
  await job.over;
  await scene.check(job);
  const again = await scene.follow(job.id, job.lines);
  await again.over;
  await scene.check(again);
}

/** Has a hub live through many rounds; afterwards agents hold nothing that it has. */
async function endure(
  round: (number: number, scene: HubCrashFixture) => Promise<void>,
): Promise<void> {
  await using scene = await openHubCrashFixture();
  for (let number = 0; number < ROUNDS; number++) await round(number, scene);
  scene.kill();
  await scene.died();
  await scene.start();
  const last = await scene.submit();
  await last.over;
  await scene.checkJournals([last.id]);
}

const timing = {
  permissions: { read: true, write: true, env: true, run: true, sys: true, net: true },
  timeout: 60_000 + ROUNDS * 6_000,
} as const;

Deno.test({
  ...timing,
  name: `a hub that is killed at each of ${POINTS.length} points loses nothing`,
  fn: () =>
    endure((number, scene) => {
      const point = POINTS[number % POINTS.length] ?? "";
      return dieAt(point, scene).catch((cause) => {
        throw new Error(`round ${number}, ${point}: ${cause.message}`, { cause });
      });
    }),
});

Deno.test({
  ...timing,
  name: "a hub that is killed at any moment loses nothing",
  fn: () =>
    endure((number, scene) => {
      const ms = Math.random() * LATEST_MS;
      return dieAfter(ms, scene, number % 5 === 0).catch((cause) => {
        throw new Error(`round ${number}, ${ms} ms: ${cause.message}`, { cause });
      });
    }),
});
