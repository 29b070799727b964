/**
 * The agent is killed with SIGKILL at every marked point in the life of a command that may outlive it,
 * and started again. A command that was begun is heard to its end, with all that it has printed, and
 * one that was not never is; none runs twice.
 *
 * NANOEXEC_LONG=500 makes it 500 rounds instead of 25 (29 where there are as many points).
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
import { type Progress, survivalPoints } from "../support/faults/crashing_agent.ts";
import { E2E } from "../support/programs/installation.ts";

const ORDEAL: CrashTest = {
  survive: true,
  line: "seq 500; sleep 0.1; seq 501 1000",
  points: survivalPoints,
  check,
};

/** All that the command prints. */
const ALL = Array.from({ length: 1_000 }, (_, index) => `${index + 1}\n`).join("");

/** What is come to a second time when the next process goes on with the command. */
const RECURRING: ReadonlySet<string> = new Set([
  "after started is sent",
  "before output is sent",
  "after output is sent",
  "before end is in the audit log",
  "before the result is signed",
  "before the result is in the journal",
]);

function check(found: CrashReport, progress: Progress | undefined): void {
  const { before, runs, outcome, reason, said } = found;
  const told = JSON.stringify({ before, runs, outcome, reason, bytes: said.length, progress });
  assert.equal(runs, outcome === "exited" ? 1 : 0, told);
  // Killed between a write to its journal and the note of it, an agent does not know what has run.
  const truths = progress === undefined ? ["exited", "lost", "refused"] : ["exited", "lost"];
  assert.ok(truths.includes(outcome), told);
  assert.equal(said, outcome === "exited" ? ALL : "", told);
  if (progress === "unknown") assert.deepEqual([before, outcome], [0, "exited"], told);
  if (progress === "accepted") assert.deepEqual([before, outcome], [0, "lost"], told);
  if (progress === "running" || progress === "ended") assert.equal(outcome, "exited", told);
}

const COUNT = Object.keys(survivalPoints).length;

Deno.test({
  ...E2E,
  name: `a command outlives an agent that is killed at each of ${COUNT} points`,
  timeout,
  fn: () => crashAtEachPoint(ORDEAL, (point) => RECURRING.has(point) ? 2 : 1),
});

Deno.test({
  ...E2E,
  name: "a command outlives an agent that is killed at any moment",
  timeout,
  fn: () => crashAtRandomTimes(ORDEAL, 250),
});
