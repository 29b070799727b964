/**
 * The agent is killed with SIGKILL at every marked point of a request's life and started again. No
 * request runs twice, none runs before it is on disk that it was seen, no result is lost, and every
 * request comes to an end that is told.
 *
 * NANOEXEC_LONG=500 makes it 500 rounds instead of 25.
 * @module
 */
import assert from "node:assert/strict";
import {
  crashAtEachPoint,
  crashAtRandomTimes,
  type CrashReport,
  type CrashTest,
  MAX_TEST_MS as timeout,
} from "../support/faults/agent_crash_fixture.ts";
import { crashPoints, type Progress } from "../support/faults/crashing_agent.ts";
import { E2E } from "../support/programs/installation.ts";

const ORDEAL: CrashTest = { survive: false, line: "seq 1000", points: crashPoints, check };

function check(found: CrashReport, progress: Progress | undefined): void {
  const { before, runs, outcome, reason } = found;
  const told = JSON.stringify({ before, runs, outcome, reason });
  assert.ok(runs <= 1, told);
  assert.ok(["exited", "lost", "refused"].includes(outcome), told);
  if (outcome === "exited") assert.equal(runs, 1, told);
  if (progress === "unknown") assert.deepEqual([before, outcome], [0, "exited"], told);
  if (progress === "accepted") assert.deepEqual([before, runs, outcome], [0, 0, "lost"], told);
  if (progress === "running") assert.equal(outcome, "lost", told);
  if (progress === "ended") assert.deepEqual([before, outcome], [1, "exited"], told);
}

const COUNT = Object.keys(crashPoints).length;

Deno.test({
  ...E2E,
  name: `an agent that is killed at each of ${COUNT} points tells the truth afterwards`,
  timeout,
  fn: () =>
    crashAtEachPoint(ORDEAL, (point, number) => {
      // What is made up for at the start can be interrupted, too.
      return point === "before the result is in the journal" && number % 2 === 0 ? 2 : 1;
    }),
});

Deno.test({
  ...E2E,
  name: "an agent that is killed at any moment tells the truth afterwards",
  timeout,
  fn: () => crashAtRandomTimes(ORDEAL, 60),
});
